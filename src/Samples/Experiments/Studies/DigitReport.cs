using System.Globalization;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The parts of a report on <see cref="DigitTrials"/>.</summary>
internal static class DigitReport
{
    private static readonly (string Figure, string Column)[] Measured =
    [
        (DigitTrials.Error, "error"),
        (DigitTrials.LogLoss, "log-loss"),
        (DigitTrials.Calibration, "calibration error"),
        (DigitTrials.Seconds, "training, s"),
    ];

    /// <summary>The data and the seeds, in words.</summary>
    public static string Text(StudyRequest request, StudyDigits digits)
    {
        string text = $"{digits.Name}: {Rows(digits.Train.Count)} rows to learn from, measured on {Rows(digits.Test.Count)} rows of {digits.MeasuredOn}. "
            + (request.Seeds == 1 ? "Seed 1." : $"Seeds 1 to {request.Seeds}, mean ± standard deviation.");
        string set = request.Settings.Count == 0 ? "" : $" Set by hand: {string.Join(", ", request.Settings.Select(s => $"{s.Name}={s.Value}"))}.";
        return text + set + (request.Quick ? " A quick run: its figures say nothing about accuracy." : "");
    }

    /// <summary>One row per seed, and one for all seeds.</summary>
    public static MarkdownTable Table(IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new(["seed", .. Measured.Select(m => m.Column)]);
        foreach (TrialResult result in results)
        {
            table.Add([result.Seed.ToString(CultureInfo.InvariantCulture), .. Measured.Select(m => Cell(m.Figure, Spread.Of([result.Figures[m.Figure]])))]);
        }

        return table.Add(["all", .. Measured.Select(m => Cell(m.Figure, Over(results, m.Figure)))]);
    }

    /// <summary>One row per configuration: mean ± standard deviation over its seeds.</summary>
    public static MarkdownTable Comparison(IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new(["", .. Measured.Select(m => m.Column)]);
        foreach (IGrouping<string, TrialResult> group in results.GroupBy(r => r.Configuration))
        {
            table.Add([group.Key, .. Measured.Select(m => Cell(m.Figure, Over([.. group], m.Figure)))]);
        }

        return table;
    }

    /// <summary>The mean error of one configuration, as a figure with the given name.</summary>
    public static Figure MeanError(IReadOnlyList<TrialResult> results, string configuration, string name) =>
        new(name, Over([.. results.Where(r => r.Configuration == configuration)], DigitTrials.Error).Mean);

    /// <summary>The mean of a figure over all results.</summary>
    public static Figure Mean(IReadOnlyList<TrialResult> results, string figure) => new(figure, Over(results, figure).Mean);

    /// <summary>Training error against epochs, one line per seed.</summary>
    public static NamedPlot LearningCurves(IReadOnlyList<TrialResult> results)
    {
        Plot plot = new();
        foreach (TrialResult result in results)
        {
            double[] errors = Percent(result);
            double[] epochs = [.. Enumerable.Range(1, errors.Length).Select(e => (double)e)];
            plot.Add.Scatter(epochs, Array.ConvertAll(errors, Math.Log10)).LegendText = $"seed {result.Seed}";
        }

        LogAxis.Use(plot.Axes.Left, results.SelectMany(Percent));
        plot.Title("Training error, noise on the inputs included");
        plot.XLabel("epoch");
        plot.YLabel("%");
        plot.ShowLegend(Alignment.UpperRight);
        return new NamedPlot("training", "Training error against epochs", plot);
    }

    /// <summary>Accuracy against confidence, over all seeds together. Calibrated probabilities lie on the diagonal.</summary>
    public static NamedPlot Reliability(IReadOnlyList<TrialResult> results)
    {
        Plot plot = new();
        List<(double Confidence, double Accuracy)> points = [];
        int bins = results[0].Series[DigitTrials.BinCount].Count;
        for (int b = 0; b < bins; b++)
        {
            double[] counts = [.. results.Select(r => r.Series[DigitTrials.BinCount][b])];
            if (counts.Sum() > 0)
            {
                points.Add((WeightedMean(results, DigitTrials.BinConfidence, counts, b), WeightedMean(results, DigitTrials.BinAccuracy, counts, b)));
            }
        }

        plot.Add.Line(0, 0, 1, 1).LegendText = "calibrated";
        plot.Add.Scatter(points.Select(p => p.Confidence).ToArray(), points.Select(p => p.Accuracy).ToArray()).LegendText = "measured";
        plot.Title("Reliability");
        plot.XLabel("mean probability of the answer");
        plot.YLabel("part of the answers that are right");
        plot.ShowLegend(Alignment.UpperLeft);
        return new NamedPlot("reliability", "Accuracy against confidence", plot);
    }

    // A logarithmic axis has no place for an epoch without a mistake, so it is put at the lower end.
    private static double[] Percent(TrialResult result) => [.. result.Series[DigitTrials.TrainingError].Select(e => 100 * Math.Max(e, 1e-5))];

    private static double WeightedMean(IReadOnlyList<TrialResult> results, string series, double[] counts, int bin) =>
        results.Zip(counts).Where(r => r.Second > 0).Sum(r => r.First.Series[series][bin] * r.Second) / counts.Sum();

    private static Spread Over(IReadOnlyList<TrialResult> results, string figure) => Spread.Of(results.Select(r => r.Figures[figure]));

    private static string Cell(string figure, Spread spread) => figure switch
    {
        DigitTrials.Error => spread.AsPercent(),
        DigitTrials.Seconds => spread.AsNumber("0.0"),
        _ => spread.AsNumber(),
    };

    private static string Rows(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
