using System.Globalization;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>The error of every rule at every point of an axis, such as a depth, over seeds: as a table, a plot and figures.</summary>
/// <param name="request">The kind of run.</param>
/// <param name="rules">The rules, the reference first.</param>
/// <param name="axis">Name of the axis.</param>
/// <param name="points">The points on the axis.</param>
/// <param name="values">The values of all seeds for a rule and a point.</param>
internal sealed class RuleGrid(
    StudyRequest request, IReadOnlyList<RuleContender> rules, string axis, IReadOnlyList<double> points, Func<RuleContender, int, IEnumerable<double>> values)
{
    /// <summary>Errors in percent, one row per rule.</summary>
    public MarkdownTable Errors()
    {
        MarkdownTable table = new([$"error at {axis}", .. points.Select(Text)]);
        foreach (RuleContender rule in rules)
        {
            table.Add([rule.Name, .. Enumerable.Range(0, points.Count).Select(p => At(rule, p).AsPercent())]);
        }

        return table;
    }

    /// <summary>Errors in percent against the axis, one line per rule.</summary>
    public NamedPlot ErrorPlot(string title, bool logarithmic)
    {
        Plot plot = new();
        double[] places = [.. points.Select(p => logarithmic ? Math.Log10(p) : p)];
        // Colours are set by hand: error bars also take colours of the plot's palette, and two rules would share one.
        ScottPlot.Palettes.Category10 palette = new();
        foreach ((int number, RuleContender rule) in rules.Index())
        {
            Spread[] errors = [.. Enumerable.Range(0, points.Count).Select(p => At(rule, p))];
            var line = plot.Add.Scatter(places, Array.ConvertAll(errors, e => 100 * e.Mean));
            (line.LegendText, line.Color) = (rule.Name, palette.GetColor(number));
            if (request.Seeds > 1)
            {
                plot.Add.ErrorBar(places, Array.ConvertAll(errors, e => 100 * e.Mean), Array.ConvertAll(errors, e => 100 * e.Deviation)).Color = line.Color;
            }
        }

        plot.Axes.Bottom.SetTicks(places, [.. points.Select(Text)]);
        plot.Title(title);
        plot.XLabel(axis);
        plot.YLabel("error, %");
        plot.ShowLegend(Edge.Right);
        return new NamedPlot("error", title, plot);
    }

    /// <summary>A figure for each rule at each point, such as <c>error-dtp-20</c>.</summary>
    public IEnumerable<Figure> Figures() =>
        from rule in rules
        from p in Enumerable.Range(0, points.Count)
        select new Figure($"error-{rule.Figure}-{Text(points[p]).Replace('.', '-')}", At(rule, p).Mean);

    private Spread At(RuleContender rule, int point) => Spread.Of(values(rule, point));

    private static string Text(double point) => point.ToString("G4", CultureInfo.InvariantCulture);
}
