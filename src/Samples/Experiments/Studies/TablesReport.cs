using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The report of <see cref="TablesStudy"/>.</summary>
internal sealed class TablesReport
{
    /// <summary>Part of the rows with a wrong class.</summary>
    public static readonly ScoredFigure Error = new("error", IsFraction: true);

    /// <summary>Mean of −ln(probability of the true class).</summary>
    public static readonly ScoredFigure LogLoss = new("log-loss", IsFraction: false);

    /// <summary>Error in which every class counts alike.</summary>
    public const string BalancedError = "balanced-error";

    /// <summary>Area under the precision-recall curve of the rarer of two classes.</summary>
    public const string AveragePrecision = "average-precision";

    /// <summary>Number of rows measured on.</summary>
    public const string TestRows = "test-rows";

    /// <summary>Duration of Fit.</summary>
    public const string Seconds = "seconds";

    private readonly StudyRequest _request;
    private readonly string? _missing;
    private readonly IReadOnlyList<Table> _described;
    private readonly IReadOnlyList<string> _imbalanced;
    private readonly IReadOnlyList<TableGroup> _groups;
    private readonly string _rival;
    private readonly Scoreboard _board;

    /// <param name="request">The kind of run.</param>
    /// <param name="missing">The data that are missing, as a sentence, or null.</param>
    /// <param name="shared">The public tables.</param>
    /// <param name="generated">The tables that are made by code.</param>
    /// <param name="imbalanced">The tables for the comparison on a rare class.</param>
    /// <param name="contenders">The default first, then its rival, then the others.</param>
    /// <param name="linear">Names of the linear trainers.</param>
    /// <param name="results">All results.</param>
    public TablesReport(
        StudyRequest request, string? missing, IReadOnlyList<Table> shared, IReadOnlyList<Table> generated, IReadOnlyList<Table> imbalanced,
        IReadOnlyList<Contender> contenders, IReadOnlyList<string> linear, IReadOnlyList<TrialResult> results)
    {
        _request = request;
        _missing = missing;
        _described = [.. shared.Concat(generated).Concat(imbalanced).Distinct()];
        _imbalanced = [.. imbalanced.Select(t => t.Name)];
        _groups = Groups(("public", shared.Select(t => t.Name)), ("generated", generated.Select(t => t.Name)));
        _rival = contenders[1].Name;
        _board = new Scoreboard([.. contenders.Select(c => c.Name)], linear, _groups, results);
    }

    /// <summary>The groups that have tables.</summary>
    internal static IReadOnlyList<TableGroup> Groups(params (string Name, IEnumerable<string> Tables)[] groups) =>
        [.. groups.Select(g => new TableGroup(g.Name, [.. g.Tables])).Where(g => g.Tables.Count > 0)];

    /// <summary>The number of splits and how differences are judged, as sentences.</summary>
    internal static string Method(StudyRequest request) => $"""
        {(request.Seeds == 1 ? "One split of each table (seed 1)" : $"{request.Seeds} splits of tables of less than 1,000 rows and {TablesStudy.Splits(request.Seeds, int.MaxValue)} of the others, mean ± standard deviation")}, the same for all
        trainers. Of a public table 30 % of the rows are held out{(request.Validate ? ", and the figures are measured on 30 % of the others, for choosing" : "")}. A generated table is drawn anew{(request.Validate ? ", by seeds for choosing" : "")}. Texts are one-hot columns,
        with zeros in a gap. Fit ran on {Environment.ProcessorCount} {(Environment.ProcessorCount == 1 ? "core" : "cores")}; `taskset -c 0` before the command keeps it to one.

        A difference is ours minus that of another trainer on the same split, mean ± standard error. "below" means fewer or lower, "level" at most half a
        standard error above 0, "above" more. The best linear trainer is the better one of the two on each table, and for each figure, on the rows
        measured on, so it is a strict comparison. Rank 1 is the lowest figure on a table, among the trainers that ran on it.
        """;

    /// <summary>Makes the report.</summary>
    public Findings Create() => new()
    {
        Title = "The untouched default on tables",
        Text = Text(),
        Tables =
        [
            _board.Counts(Error, LogLoss), _board.Ranks(Error, LogLoss), Descriptions(_described.Select(t => (t.Name, t.Description))), _board.Values(Error), _board.Differences(Error),
            _board.Values(LogLoss), _board.Differences(LogLoss), _board.Means("Fit, s", Seconds, "0.00"), .. Imbalance(),
        ],
        Summary = _board.Summary(_described.Where(t => _groups[0].Tables.Contains(t.Name)).Select(t => (t.Name, t.FileRows)), Error, Seconds, Contender.FastTree.Name),
        Plots =
        [
            _board.Relative(Error, "error", Caption("Errors"), table => 0.5 / _board.Over(table, TablesStudy.Default, TestRows).Mean),
            _board.Relative(LogLoss, "log-loss", Caption("Log-loss"), _ => 0.001),
        ],
        Figures = [.. Figures()],
    };

    /// <summary>A table of names and descriptions.</summary>
    internal static MarkdownTable Descriptions(IEnumerable<(string Name, string Description)> tables)
    {
        MarkdownTable table = new("table", "content") { TextColumns = 2 };
        foreach ((string name, string description) in tables)
        {
            table.Add(name, description);
        }

        return table;
    }

    private string Text()
    {
        string set = _request.Settings.Count == 0 ? "" : $" Set by hand: {string.Join(", ", _request.Settings.Select(s => $"{s.Name}={s.Value}"))}.";
        return $"""
            {Method(_request)}

            All trainers are the multiclass ones, also on two classes, with their defaults. {TablesStudy.Default} and {_rival} get the columns as they are, with
            NaN in the gaps of columns of numbers. For the others such a gap is the mean of its column. SdcaMaximumEntropy and
            LbfgsMaximumEntropy come after NormalizeMeanVariance. FastTree and FastForest learn a model for each class (OneVersusAll), on tables of
            up to {TablesStudy.MostModels} classes and {TablesStudy.MostColumnsOfModels} columns.{set}{(_request.Quick ? " A quick run on 300 training rows: its figures say nothing about accuracy." : "")}{(_missing is null ? "" : "\n\n" + _missing)}

            The last tables judge a rare class, 1 : 50: log-loss, area under the precision-recall curve of the rare class (more is better; a score that
            says nothing has 0.02), and the error in which both classes count alike.
            """;
    }

    private string Caption(string what) =>
        $"{what} of {TablesStudy.Default}Classifier with defaults, other trees and the best linear trainer, over those of {_rival}: left of the line is better. Means over held-out splits of each table. Command: Experiments -- tables.";

    private IEnumerable<MarkdownTable> Imbalance() =>
    [
        _board.Values("rare class, log-loss", LogLoss.Name, _imbalanced, LogLoss.Text),
        _board.Values("rare class, area under precision-recall", AveragePrecision, _imbalanced, s => s.AsNumber("0.000")),
        _board.Values("rare class, balanced error", BalancedError, _imbalanced, s => s.AsPercent()),
    ];

    private IEnumerable<Figure> Figures()
    {
        foreach (TableGroup group in _groups)
        {
            foreach (ScoredFigure figure in new[] { Error, LogLoss })
            {
                foreach ((string other, string name) in new[] { (_rival, "lightgbm"), (Scoreboard.BestLinear, "linear") })
                {
                    yield return new Figure($"{group.Name}-{figure.Name}-held-against-{name}", _board.Held(group, other, figure.Name));
                    yield return new Figure($"{group.Name}-{figure.Name}-below-{name}", _board.Below(group, other, figure.Name));
                }
            }
        }

        foreach (string table in _groups.SelectMany(g => g.Tables))
        {
            yield return new Figure($"{Error.Name}-{table}", _board.Over(table, TablesStudy.Default, Error.Name).Mean);
        }

        foreach (string table in _imbalanced)
        {
            yield return new Figure($"{AveragePrecision}-{table}", _board.Over(table, TablesStudy.Default, AveragePrecision).Mean);
        }
    }
}
