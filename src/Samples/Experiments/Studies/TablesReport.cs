using System.Globalization;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The report of <see cref="TablesStudy"/>.</summary>
internal sealed class TablesReport
{
    /// <summary>Part of the rows with a wrong class.</summary>
    public const string Error = "error";

    /// <summary>Mean of −ln(probability of the true class).</summary>
    public const string LogLoss = "log-loss";

    /// <summary>Error in which every class counts alike.</summary>
    public const string BalancedError = "balanced-error";

    /// <summary>Duration of Fit.</summary>
    public const string Seconds = "seconds";

    private readonly StudyRequest _request;
    private readonly IReadOnlyList<Contender> _contenders;
    private readonly ILookup<string, TrialResult> _results;

    private TablesReport(StudyRequest request, IReadOnlyList<Contender> contenders, IReadOnlyList<TrialResult> results)
    {
        _request = request;
        _contenders = contenders;
        _results = results.ToLookup(r => r.Configuration);
    }

    /// <summary>Makes the report.</summary>
    /// <param name="request">The kind of run.</param>
    /// <param name="contenders">The default first, then the trainers it is compared with.</param>
    /// <param name="results">All results.</param>
    public static Findings Create(StudyRequest request, IReadOnlyList<Contender> contenders, IReadOnlyList<TrialResult> results)
    {
        TablesReport report = new(request, contenders, results);
        return new Findings
        {
            Title = "The untouched default on tables",
            Text = report.Text(),
            Tables = [Descriptions(), report.Comparison(Error, asPercent: true), report.Comparison(LogLoss, asPercent: false), report.Comparison(BalancedError, asPercent: true), report.Times()],
            Plots = [report.ErrorPlot()],
            Figures = [.. report.Figures()],
        };
    }

    private string Text()
    {
        string over = _request.Seeds == 1 ? "One draw of rows (seed 1)" : $"{_request.Seeds} draws of rows (seeds 1 to {_request.Seeds}), mean ± standard deviation";
        string set = _request.Settings.Count == 0 ? "" : $" Set by hand: {string.Join(", ", _request.Settings.Select(s => $"{s.Name}={s.Value}"))}.";
        return $"""
            {over}, measured on rows outside the training set{(_request.Validate ? ", on draws for choosing" : "")}. {TablesStudy.Default} and LightGbm get the
            columns as they are, SdcaMaximumEntropy after NormalizeMeanVariance; nothing else is set.{set}{(_request.Quick ? " A quick run on 300 training rows: its figures say nothing about accuracy." : "")}

            In the last columns, the default is compared with another trainer on the same draws: "better" or "worse" when the mean of the
            differences is larger than their standard deviation, "same" otherwise.{Behind()}
            """;
    }

    /// <summary>The tables on which another trainer is better, as a list.</summary>
    private string Behind()
    {
        if (_request.Seeds == 1)
        {
            return "";
        }

        IEnumerable<string> lines = from other in _contenders.Skip(1)
                                    from figure in new[] { Error, LogLoss }
                                    let tables = Table.All.Where(t => Verdict(Difference(t, other, figure)) == "worse").Select(t => t.Name).ToArray()
                                    select $"- {figure} worse than {other.Name}'s: {(tables.Length == 0 ? "on no table" : string.Join(", ", tables))}";
        return "\n\n" + string.Join('\n', lines);
    }

    private static MarkdownTable Descriptions()
    {
        MarkdownTable table = new("table", "content") { TextColumns = 2 };
        foreach (Table source in Table.All)
        {
            table.Add(source.Name, source.Description);
        }

        return table;
    }

    private MarkdownTable Comparison(string figure, bool asPercent)
    {
        IEnumerable<Contender> others = _contenders.Skip(1);
        MarkdownTable table = new([figure, .. _contenders.Select(c => c.Name), .. others.Select(c => $"against {c.Name}")]);
        foreach (Table source in Table.All)
        {
            table.Add(
            [
                source.Name,
                .. _contenders.Select(c => Over(source, c, figure)).Select(s => asPercent ? s.AsPercent() : s.AsNumber("0.000")),
                .. others.Select(c => Difference(source, c, figure)).Select(Verdict),
            ]);
        }

        return table;
    }

    private MarkdownTable Times()
    {
        MarkdownTable table = new(["training, s", .. _contenders.Select(c => c.Name)]);
        foreach (Table source in Table.All)
        {
            table.Add([source.Name, .. _contenders.Select(c => Over(source, c, Seconds).Mean.ToString("0.00", CultureInfo.InvariantCulture))]);
        }

        return table;
    }

    private NamedPlot ErrorPlot()
    {
        Plot plot = new();
        for (int c = 0; c < _contenders.Count; c++)
        {
            // Side by side, so that the error bars do not overlap.
            double[] places = [.. Enumerable.Range(0, Table.All.Count).Select(t => t + (0.2 * (c - 1)))];
            Spread[] errors = [.. Table.All.Select(t => Over(t, _contenders[c], Error))];
            ScottPlot.Plottables.Scatter points = plot.Add.ScatterPoints(places, [.. errors.Select(e => 100 * e.Mean)]);
            points.LegendText = _contenders[c].Name;
            points.MarkerSize = 8;
            if (_request.Seeds > 1)
            {
                plot.Add.ErrorBar(places, [.. errors.Select(e => 100 * e.Mean)], [.. errors.Select(e => 100 * e.Deviation)]).Color = points.Color;
            }
        }

        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, Table.All.Count).Select(t => (double)t)], [.. Table.All.Select(t => t.Name)]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = 40;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleLeft;
        plot.Axes.Bottom.MinimumSize = 90;
        plot.Axes.Right.MinimumSize = 40;
        plot.Title("Error on rows that were not learned from");
        plot.YLabel("%");
        plot.ShowLegend(Alignment.UpperRight);
        return new NamedPlot("error", "Error of the default and of ML.NET's trainers on each table", plot);
    }

    private IEnumerable<Figure> Figures()
    {
        foreach (Contender other in _contenders.Skip(1))
        {
            string name = other.Name.Replace("MaximumEntropy", "", StringComparison.Ordinal).ToLowerInvariant();
            foreach (string figure in new[] { Error, LogLoss })
            {
                int worse = Table.All.Count(t => Verdict(Difference(t, other, figure)) == "worse");
                yield return new Figure($"{figure}-worse-than-{name}", worse);
            }
        }

        foreach (Table source in Table.All)
        {
            yield return new Figure($"{Error}-{source.Name}", Over(source, _contenders[0], Error).Mean);
        }
    }

    private Spread Over(Table table, Contender contender, string figure) =>
        Spread.Of(_results[TablesStudy.Configuration(table, contender)].Select(r => r.Figures[figure]));

    /// <summary>The figure of the default minus that of the other trainer, for each draw.</summary>
    private Spread Difference(Table table, Contender other, string figure) => Spread.Of(
        from ours in _results[TablesStudy.Configuration(table, _contenders[0])]
        join theirs in _results[TablesStudy.Configuration(table, other)] on ours.Seed equals theirs.Seed
        select ours.Figures[figure] - theirs.Figures[figure]);

    private static string Verdict(Spread difference) =>
        double.IsNaN(difference.Deviation) ? "-"
        : difference.Mean > difference.Deviation ? "worse"
        : difference.Mean < -difference.Deviation ? "better"
        : "same";
}
