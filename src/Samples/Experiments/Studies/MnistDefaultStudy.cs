using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The trainer with all options at their defaults.</summary>
internal sealed class MnistDefaultStudy : IStudy
{
    public string Name => "mnist-default";

    public string Summary => "the untouched default on MNIST: error, log-loss, calibration (ece), seconds of training";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        return new StudyPlan([.. DigitTrials.ForEachSeed(request, digits, "default", () => new TargetPropMulticlassTrainer.Options())], results => Report(request, digits, results));
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, IReadOnlyList<TrialResult> results) => new()
    {
        Title = "The untouched default on MNIST",
        Text = DigitReport.Text(request, digits),
        Tables = [DigitReport.Table(results)],
        Plots = [DigitReport.LearningCurves(results), DigitReport.Reliability(results)],
        Figures =
        [
            DigitReport.Mean(results, DigitTrials.Error),
            DigitReport.Mean(results, DigitTrials.LogLoss),
            DigitReport.Mean(results, DigitTrials.Calibration),
            DigitReport.Mean(results, DigitTrials.Seconds),
        ],
    };
}
