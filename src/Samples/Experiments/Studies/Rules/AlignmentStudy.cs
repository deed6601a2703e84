using System.Globalization;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>The angle between the update of each rule in a layer and back-propagation's gradient, over the epochs.</summary>
internal sealed class AlignmentStudy : IStudy
{
    private const int Layers = 3;
    private const int Units = 240;
    private const int Epochs = 6;
    private const int Rows = 10_000;

    // Enough rows for steady means, and few enough that diagnostics take a fraction of an epoch.
    private const int DiagnosedRows = 128;

    private static readonly RuleContender[] Rules = [.. RuleContender.All.Except([RuleContender.Backpropagation])];

    public string Name => "alignment";

    public string Summary => "the angle between each rule's update and back-propagation's gradient, layer by layer, over the epochs";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits all = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        StudyDigits digits = all with { Train = all.Train.Slice(0, Math.Min(Rows, all.Train.Count)) };
        int epochs = RuleContender.Epochs(request, Epochs);
        TargetPropMulticlassTrainer.Options Options(RuleContender rule)
        {
            TargetPropMulticlassTrainer.Options options = rule.Options(Layers, Units, epochs);
            options.DiagnosticsRows = DiagnosedRows;
            return options;
        }

        return new StudyPlan(
            [.. Rules.SelectMany(rule => DigitTrials.ForEachSeed(request, digits, rule.Name, () => Options(rule), AddAngles))],
            results => Report(request, digits, results.ToLookup(r => r.Configuration)));
    }

    private static void AddAngles(Measurements measured, IReadOnlyList<TargetPropEpochMetrics> epochs)
    {
        for (int layer = 1; layer <= Layers; layer++)
        {
            measured.Add(Series(layer), epochs.Select(e => e.Diagnostics!.Layers[layer - 1].UpdateAngle ?? double.NaN));
        }
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, ILookup<string, TrialResult> results)
    {
        MarkdownTable table = new(["angle in degrees, first → last epoch", .. Enumerable.Range(1, Layers).Select(l => $"layer {l}")]);
        foreach (RuleContender rule in Rules)
        {
            table.Add([rule.Name, .. Enumerable.Range(1, Layers).Select(layer => Angles(results, rule, layer)).Select(a =>
                string.Create(CultureInfo.InvariantCulture, $"{a[0]:0} → {a[^1]:0}"))]);
        }

        return new Findings
        {
            Title = "Angle to backpropagation",
            Text = $"{DigitReport.Text(request, digits)} 784-{Units}×{Layers}-10, diagnosed on {DiagnosedRows} training rows after every epoch, all other options at the defaults of each rule. Below 90°, a small step lowers the loss.",
            Tables = [table],
            Plots = [.. Enumerable.Range(1, Layers).Select(layer => AnglePlot(results, layer))],
            Figures = [.. from rule in Rules from layer in Enumerable.Range(1, Layers) select new Figure($"angle-{rule.Figure}-{layer}", Angles(results, rule, layer)[^1])],
        };
    }

    private static NamedPlot AnglePlot(ILookup<string, TrialResult> results, int layer)
    {
        Plot plot = new();
        foreach (RuleContender rule in Rules)
        {
            double[] angles = Angles(results, rule, layer);
            plot.Add.Scatter(Array.ConvertAll([.. Enumerable.Range(1, angles.Length)], e => (double)e), angles).LegendText = rule.Name;
        }

        plot.Axes.SetLimitsY(0, 100);
        plot.Title($"Angle between update and gradient, layer {layer}");
        plot.XLabel("epoch");
        plot.YLabel("degrees");
        plot.ShowLegend(Edge.Right);
        return new NamedPlot($"angle-{layer}", $"Angle between each rule's update of layer {layer} and backpropagation's gradient", plot);
    }

    /// <summary>Mean over seeds for each epoch.</summary>
    private static double[] Angles(ILookup<string, TrialResult> results, RuleContender rule, int layer)
    {
        TrialResult[] seeds = [.. results[rule.Name]];
        return [.. Enumerable.Range(0, seeds[0].Series[Series(layer)].Count).Select(e => seeds.Average(s => s.Series[Series(layer)][e]))];
    }

    private static string Series(int layer) => string.Create(CultureInfo.InvariantCulture, $"update-angle-{layer}");
}
