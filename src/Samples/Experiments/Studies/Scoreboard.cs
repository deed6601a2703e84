using System.Globalization;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>A figure of which less is better.</summary>
/// <param name="Name">Its name in results and tables.</param>
/// <param name="IsFraction">Whether tables have it in percent.</param>
internal sealed record ScoredFigure(string Name, bool IsFraction)
{
    private const string Endless = "∞";

    /// <summary>Mean and deviation as text.</summary>
    public string Text(Spread spread) => double.IsInfinity(spread.Mean) ? Endless : IsFraction ? spread.AsPercent() : spread.AsNumber(Format(spread.Mean));

    /// <summary>A difference as text; one of fractions is in percentage points.</summary>
    /// <param name="difference">The difference.</param>
    /// <param name="size">The size of the figure itself, for the number of decimals.</param>
    public string Text(PairedDifference difference, double size) =>
        double.IsInfinity(difference.Mean) ? Endless : IsFraction ? difference.AsText(100, "0.00") : difference.AsText(1, Format(size));

    private static string Format(double size) => Math.Abs(size) switch { < 10 => "0.000", < 100 => "0.00", _ => "0.0" };
}

/// <summary>Tables that are counted together.</summary>
/// <param name="Name">Name in the heads of columns.</param>
/// <param name="Tables">Names of the tables.</param>
internal sealed record TableGroup(string Name, IReadOnlyList<string> Tables);

/// <summary>
/// Compares one trainer with others, table by table, on the same splits: values, paired differences and verdicts, counts of verdicts, ranks, a plot.
/// </summary>
/// <param name="trainers">The names of all trainers: the compared one first, then its rival, then the others.</param>
/// <param name="linear">The linear trainers among them. On each table, and for each figure, the best of them stands for all.</param>
/// <param name="groups">The tables.</param>
/// <param name="results">The results of trials named by <see cref="Configuration"/>.</param>
internal sealed class Scoreboard(
    IReadOnlyList<string> trainers, IReadOnlyList<string> linear, IReadOnlyList<TableGroup> groups, IReadOnlyList<TrialResult> results)
{
    /// <summary>Name of the best linear trainer in tables.</summary>
    public const string BestLinear = "best linear";

    private readonly ILookup<string, TrialResult> _results = results.ToLookup(r => r.Configuration);

    private string Ours => trainers[0];

    private string Rival => trainers[1];

    private IEnumerable<string> Tables => groups.SelectMany(g => g.Tables);

    /// <summary>Name of a trial.</summary>
    public static string Configuration(string table, string trainer) => $"{table}, {trainer}";

    /// <summary>A figure of a trainer over the splits of a table.</summary>
    public Spread Over(string table, string trainer, string figure) =>
        Spread.Of(_results[Configuration(table, trainer)].Select(r => r.Figures[figure]));

    /// <summary>The figure of our trainer minus that of another, split by split.</summary>
    public PairedDifference Difference(string table, string other, string figure)
    {
        string trainer = other == BestLinear ? Best(table, figure) : other;
        return PairedDifference.Of(
            from ours in _results[Configuration(table, Ours)]
            join theirs in _results[Configuration(table, trainer)] on ours.Seed equals theirs.Seed
            select ours.Figures[figure] - theirs.Figures[figure]);
    }

    /// <summary>A figure of every trainer on the given tables; "–" where a trainer did not run.</summary>
    public MarkdownTable Values(string title, string figure, IEnumerable<string> tables, Func<Spread, string> text)
    {
        MarkdownTable table = new([title, .. trainers]);
        foreach (string source in tables)
        {
            table.Add([source, .. trainers.Select(t => Ran(source, t) ? text(Over(source, t, figure)) : "–")]);
        }

        return table;
    }

    /// <summary>A figure of every trainer on all tables.</summary>
    public MarkdownTable Values(ScoredFigure figure) => Values(figure.Name, figure.Name, Tables, figure.Text);

    /// <summary>A measured number of every trainer on all tables, its mean alone.</summary>
    public MarkdownTable Means(string title, string figure, string format) =>
        Values(title, figure, Tables, spread => spread.Mean.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>Tables with figure and duration of our trainer, its rival, and others, for a reader who has to choose one.</summary>
    /// <param name="tables">The tables with their numbers of rows.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="seconds">The name of the duration.</param>
    /// <param name="others">Trainers to show besides ours, the rival and the best linear one.</param>
    public MarkdownTable Summary(IEnumerable<(string Name, int? Rows)> tables, ScoredFigure figure, string seconds, params string[] others)
    {
        string[] shown = [Ours, Rival, .. others, BestLinear];
        MarkdownTable table = new([$"{figure.Name}, seconds of Fit", "rows", .. shown]);
        foreach ((string source, int? rows) in tables)
        {
            table.Add([source, rows?.ToString("N0", CultureInfo.InvariantCulture) ?? "", .. shown.Select(t => t == BestLinear ? Best(source, figure.Name) : t).Select(t => Ran(source, t) ? Short(source, t, figure, seconds) : "–")]);
        }

        return table;
    }

    /// <summary>The paired differences to the rival and to the best linear trainer, and their verdicts.</summary>
    public MarkdownTable Differences(ScoredFigure figure)
    {
        string unit = figure.IsFraction ? ", points" : "";
        MarkdownTable table = new($"{figure.Name}{unit}", $"minus {Rival}'s", "verdict", "minus the best linear's", "verdict");
        foreach (string source in Tables)
        {
            PairedDifference rival = Difference(source, Rival, figure.Name), straight = Difference(source, BestLinear, figure.Name);
            double size = Over(source, Ours, figure.Name).Mean;
            table.Add(source, figure.Text(rival, size), rival.Verdict, figure.Text(straight, size), straight.Verdict);
        }

        return table;
    }

    /// <summary>On how many tables a figure is held, and on how many the mean difference is below 0.</summary>
    public MarkdownTable Counts(params ScoredFigure[] figures)
    {
        MarkdownTable table = new(["number of tables", .. groups.SelectMany(g => new[] { $"{g.Name}: below or level", "below" })]);
        foreach (ScoredFigure figure in figures)
        {
            foreach (string other in new[] { Rival, BestLinear })
            {
                table.Add([$"{figure.Name} against {other}", .. groups.SelectMany(g => new[] { $"{Held(g, other, figure.Name)} of {g.Tables.Count}", $"{Below(g, other, figure.Name)}" })]);
            }
        }

        return table;
    }

    /// <summary>On how many tables of a group the bar is held.</summary>
    public int Held(TableGroup group, string other, string figure) => group.Tables.Count(t => Difference(t, other, figure).IsHeld);

    /// <summary>On how many tables of a group the mean difference is below 0.</summary>
    public int Below(TableGroup group, string other, string figure) => group.Tables.Count(t => Difference(t, other, figure).Mean < 0);

    /// <summary>The mean rank of each trainer, 1 for the lowest mean on a table. Equal means share the mean of their ranks.</summary>
    public MarkdownTable Ranks(params ScoredFigure[] figures)
    {
        MarkdownTable table = new(["mean rank", .. groups.SelectMany(g => figures.Select(f => $"{f.Name}, {g.Name}"))]);
        foreach (string trainer in trainers)
        {
            table.Add([trainer, .. groups.SelectMany(g => figures.Select(f => MeanRank(trainer, g, f.Name)))]);
        }

        return table;
    }

    /// <summary>The figure of each trainer over that of the rival, on a logarithmic axis, one line per table.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="name">File name of the plot.</param>
    /// <param name="caption">Caption of the picture.</param>
    /// <param name="smallest">An amount that is added to both figures of a table, so that a figure of 0 has a place.</param>
    public NamedPlot Relative(ScoredFigure figure, string name, string caption, Func<string, double> smallest)
    {
        const double Widest = 16;
        string[] tables = [.. Tables.Reverse()];
        string[] shown = [Ours, .. trainers.Skip(2).Except(linear), BestLinear];
        MarkerShape[] shapes = [MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp, MarkerShape.OpenTriangleDown, MarkerShape.OpenDiamond];
        Plot plot = new();
        for (int i = 0; i < shown.Length; i++)
        {
            string trainer = shown[i];
            List<double> places = [], ratios = [];
            foreach ((int place, string table) in tables.Index())
            {
                string measured = trainer == BestLinear ? Best(table, figure.Name) : trainer;
                if (Ran(table, measured))
                {
                    double least = smallest(table);
                    double ratio = (Over(table, measured, figure.Name).Mean + least) / (Over(table, Rival, figure.Name).Mean + least);
                    places.Add(place);
                    ratios.Add(Math.Log2(Math.Clamp(ratio, 1 / Widest, Widest)));
                }
            }

            ScottPlot.Plottables.Scatter points = plot.Add.ScatterPoints(ratios, places);
            points.LegendText = trainer;
            points.MarkerSize = i == 0 ? 11 : 7;
            points.MarkerShape = i == 0 ? MarkerShape.FilledCircle : shapes[i % shapes.Length];
        }

        plot.Add.VerticalLine(0, color: Colors.Gray).LegendText = Rival;
        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, tables.Length).Select(t => (double)t)], tables);
        plot.Axes.Bottom.SetTicks([-4, -3, -2, -1, 0, 1, 2, 3, 4], ["1/16", "1/8", "1/4", "1/2", "1", "2", "4", "8", "16"]);
        plot.Axes.SetLimits(-4.2, 4.2, -0.7, tables.Length - 0.3);
        plot.Title($"{figure.Name} over that of {Rival}");
        plot.ShowLegend(Edge.Right);
        return new NamedPlot(name, caption, plot);
    }

    private string Best(string table, string figure) => linear.MinBy(l => Over(table, l, figure).Mean)!;

    private string Short(string table, string trainer, ScoredFigure figure, string seconds)
    {
        string value = figure.Text(Over(table, trainer, figure.Name) with { Deviation = double.NaN });
        double duration = Over(table, trainer, seconds).Mean;
        return $"{value}, {duration.ToString(duration < 1 ? "0.00" : "0.0", CultureInfo.InvariantCulture)} s";
    }

    private bool Ran(string table, string trainer) => _results.Contains(Configuration(table, trainer));

    private string MeanRank(string trainer, TableGroup group, string figure)
    {
        double[] ranks = [.. group.Tables.Where(t => Ran(t, trainer)).Select(t => Rank(t, trainer, figure))];
        return ranks.Length == 0 ? "–" : ranks.Average().ToString("0.00", CultureInfo.InvariantCulture);
    }

    private double Rank(string table, string trainer, string figure)
    {
        double own = Over(table, trainer, figure).Mean;
        double[] others = [.. trainers.Where(t => t != trainer && Ran(table, t)).Select(t => Over(table, t, figure).Mean)];
        return 1 + others.Count(o => o < own) + (0.5 * others.Count(o => o == own));
    }
}
