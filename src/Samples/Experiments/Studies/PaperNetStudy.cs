using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The network of the DTP paper (Lee, Zhang, Fischer and Bengio 2015): 784-240×7-10.</summary>
internal sealed class PaperNetStudy : IStudy
{
    private const int Layers = 7;
    private const int Units = 240;
    private const int BatchSize = 100;
    private const int Epochs = 30;
    private const int QuickEpochs = 5;

    public string Name => "paper-net";

    public string Summary => "the DTP paper's network on MNIST, 784-240×7-10 with difference target propagation: error, log-loss";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        return new StudyPlan([.. DigitTrials.ForEachSeed(request, digits, "784-240×7-10", () => new TargetPropMulticlassTrainer.Options
        {
            HiddenUnits = [.. Enumerable.Repeat(Units, Layers)],
            LearningRule = TargetPropLearningRule.DifferenceTargetPropagation,
            BatchSize = BatchSize,

            // Chosen on held-out rows (docs/algorithm.md has the rates that were tried).
            FeatureEncoding = TargetPropFeatureEncoding.None,
            InputNoise = 0.3,
            LearningRate = 0.0004,
            Feedback = { LearningRate = 0.0006, Interval = 1 },
            MaxEpochs = request.Quick ? QuickEpochs : Epochs,
        })], results => Report(request, digits, results));
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, IReadOnlyList<TrialResult> results) => new()
    {
        Title = "The DTP paper's network on MNIST: 784-240×7-10, difference target propagation",
        Text = DigitReport.Text(request, digits),
        Tables = [DigitReport.Table(results)],
        Plots = [DigitReport.LearningCurves(results)],
        Figures = [DigitReport.Mean(results, DigitTrials.Error), DigitReport.Mean(results, DigitTrials.LogLoss)],
    };
}
