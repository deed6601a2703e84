using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>
/// Hidden layers that send signs only, 784-500-500-10: target propagation, the straight-through estimator, and back-propagation through smooth
/// units. The network and the comparison are those of the DTP paper (Lee, Zhang, Fischer and Bengio 2015), section 3.2.
/// </summary>
internal sealed class DiscreteStudy : IStudy
{
    private const string Signs = "signs, target propagation";
    private const string Levels = "4 levels, target propagation";
    private const string StraightThrough = "signs, straight-through estimator";
    private const string Smooth = "tanh, back-propagation";

    private const int Epochs = 25;
    private const int QuickEpochs = 3;

    public string Name => "discrete";

    public string Summary => "hidden units that send signs, 784-500-500-10 on MNIST: error, against straight-through and back-propagation; units that change";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        IEnumerable<Trial> Trials(string name, TargetPropUnitType units, TargetPropLearningRule rule) =>
            DigitTrials.ForEachSeed(request, digits, name, () => new TargetPropMulticlassTrainer.Options
            {
                HiddenUnits = [500, 500],
                UnitType = units,
                LearningRule = rule,
                MaxEpochs = request.Quick ? QuickEpochs : Epochs,
            }, AddChanges);
        return new StudyPlan(
            [
                .. Trials(Signs, TargetPropUnitType.Sign, TargetPropLearningRule.DifferenceTargetPropagation),
                .. Trials(Levels, TargetPropUnitType.Quantized, TargetPropLearningRule.DifferenceTargetPropagation),
                .. Trials(StraightThrough, TargetPropUnitType.Sign, TargetPropLearningRule.StraightThrough),
                .. Trials(Smooth, TargetPropUnitType.Continuous, TargetPropLearningRule.Backpropagation),
            ],
            results => Report(request, digits, results));
    }

    private static string ChangesOf(int layer) => $"unit-changes-{layer}";

    private static void AddChanges(Measurements measured, IReadOnlyList<TargetPropEpochMetrics> epochs)
    {
        for (int layer = 1; layer <= epochs[0].UnitChanges.Count; layer++)
        {
            measured.Add(ChangesOf(layer), epochs.Select(e => e.UnitChanges[layer - 1]));
        }
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, IReadOnlyList<TrialResult> results) => new()
    {
        Title = "Discrete hidden units, 784-500-500-10",
        Text = DigitReport.Text(request, digits),
        Tables = [DigitReport.Comparison(results)],
        Plots = [Changes(results)],
        Figures =
        [
            DigitReport.MeanError(results, Signs, "error-discrete"),
            DigitReport.MeanError(results, Levels, "error-four-levels"),
            DigitReport.MeanError(results, StraightThrough, "error-straight-through"),
            DigitReport.MeanError(results, Smooth, "error-backprop-tanh"),
        ],
    };

    /// <summary>Seed 1. A network with discrete units has stopped changing when no unit turns, even if its weights still move.</summary>
    private static NamedPlot Changes(IReadOnlyList<TrialResult> results)
    {
        Plot plot = new();
        List<double> all = [];
        foreach (TrialResult result in results.Where(r => r.Seed == 1 && r.Configuration is Signs or StraightThrough))
        {
            for (int layer = 1; result.Series.TryGetValue(ChangesOf(layer), out IReadOnlyList<double>? changes); layer++)
            {
                double[] percent = [.. changes.Select(c => 100 * Math.Max(c, 1e-5))];
                all.AddRange(percent);
                plot.Add.Scatter(Enumerable.Range(1, percent.Length).Select(e => (double)e).ToArray(), Array.ConvertAll(percent, Math.Log10)).LegendText =
                    $"{result.Configuration}, layer {layer}";
            }
        }

        LogAxis.Use(plot.Axes.Left, all);
        plot.Title("Units that changed sign, of those of 1,000 training rows");
        plot.XLabel("epoch");
        plot.YLabel("%");
        plot.ShowLegend(Alignment.UpperRight);
        return new NamedPlot("changes", "The part of the discrete units that changes sign in an epoch", plot);
    }
}
