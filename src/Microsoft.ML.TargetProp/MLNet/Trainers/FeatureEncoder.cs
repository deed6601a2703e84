using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Learns encodings of the features of training rows. Each is learned once, and members that ask for the same one share it.</summary>
/// <param name="table">Raw rows.</param>
/// <param name="acceptsGaps">Whether missing values become inputs.</param>
/// <param name="isNumber">True when the label is a number.</param>
/// <param name="seed">The seed of <see cref="ColumnScreening"/>.</param>
internal sealed class FeatureEncoder(ExampleTable table, bool acceptsGaps, bool isNumber, int seed)
{
    /// <summary>Most columns of more than two values that a table has.</summary>
    public const int MostMeasuredColumns = 100;

    /// <summary>Most columns of a table.</summary>
    public const int MostColumns = 1000;

    /// <summary>Pieces where no recipe says how many.</summary>
    private const int DefaultPieces = 16;

    private readonly Dictionary<(TargetPropFeatureEncoding Kind, int Pieces), ColumnEncoding?> _learned = [];

    /// <summary>What is known of the rows before options are chosen.</summary>
    /// <param name="table">Raw rows.</param>
    /// <param name="isNumber">True when the label is a number.</param>
    /// <param name="arePictures">True when the rows are known to be pictures.</param>
    public static DataFacts Facts(ExampleTable table, bool isNumber, bool arePictures)
    {
        if (table.Sparse is not null)
            return new(table.Rows) { Columns = table.Columns, MeasuredColumns = table.Columns, AreSparse = true, IsNumber = isNumber };
        var measured = table.Columns > MostColumns || ClassifierOptions.IsWide(table.Columns, table.Rows)
            ? table.Columns
            : TableEncoding.CountMeasured(table.Features, MostMeasuredColumns + 1);
        var isTable = !arePictures && table.Columns <= MostColumns && measured <= MostMeasuredColumns && !ClassifierOptions.IsWide(table.Columns, table.Rows);
        return new(table.Rows) { Columns = table.Columns, MeasuredColumns = measured, IsTable = isTable, IsNumber = isNumber };
    }

    /// <summary>The encoding of a member.</summary>
    /// <param name="option">The encoding asked for.</param>
    /// <param name="candidate">The member's way to learn from a table; null where the rows are no table.</param>
    /// <returns>Null when the network reads the columns as they are.</returns>
    public ColumnEncoding? Learn(TargetPropFeatureEncoding option, TableCandidate? candidate)
    {
        var kind = option != TargetPropFeatureEncoding.Auto ? option
            : candidate is null ? TargetPropFeatureEncoding.Standardize
            : candidate.Pieces is null ? TargetPropFeatureEncoding.Robust
            : TargetPropFeatureEncoding.PiecewiseLinear;
        var pieces = kind == TargetPropFeatureEncoding.PiecewiseLinear ? candidate?.Pieces ?? DefaultPieces : 0;
        if (!_learned.TryGetValue((kind, pieces), out var encoding))
            _learned[(kind, pieces)] = encoding = Learn(kind, pieces);
        return encoding;
    }

    /// <summary>The training rows in parts for members to leave out; null when too few rows differ.</summary>
    /// <param name="count">Number of parts.</param>
    public RowParts? Parts(int count)
    {
        var parts = new RowParts(Keys(), table.Labels, count, seed);
        return parts.Distinct < TableRecipe.FewestRows ? null : parts;
    }

    /// <summary>A hash of the features of every row (FNV-1a).</summary>
    private ulong[] Keys()
    {
        var values = TensorMemory.Floats(table.Features);
        var keys = new ulong[table.Rows];
        for (var row = 0; row < keys.Length; row++)
        {
            var hash = 14695981039346656037UL;
            foreach (var value in values.Slice(row * table.Columns, table.Columns))
                hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211UL;
            keys[row] = hash;
        }
        return keys;
    }

    /// <summary>Whether training accepts missing values.</summary>
    public static bool AcceptsGaps(TargetPropOptions options) =>
        options.MissingValues == TargetPropMissingValues.Encode && options.FeatureEncoding != TargetPropFeatureEncoding.None;

    /// <summary>A standardisation that treats gaps as asked.</summary>
    public static Standardization? Filling(Standardization? standardization, bool acceptsGaps) =>
        standardization is null ? null : new(standardization.Offset, standardization.Scale) { FillsGaps = acceptsGaps };

    /// <summary>Whether an option stands for the encodings of a model.</summary>
    public static bool Describes(TargetPropFeatureEncoding option, IEnumerable<ColumnEncoding?> encodings) =>
        option == TargetPropFeatureEncoding.Auto || encodings.All(encoding => option switch
        {
            TargetPropFeatureEncoding.None => encoding is null,
            TargetPropFeatureEncoding.Standardize => encoding is Standardization || Has(encoding, ColumnForm.Standardized),
            TargetPropFeatureEncoding.Robust => encoding is TableEncoding && !Has(encoding, ColumnForm.Pieces) && !Has(encoding, ColumnForm.Standardized),
            _ => encoding is TableEncoding && !Has(encoding, ColumnForm.Clipped) && !Has(encoding, ColumnForm.Standardized),
        });

    /// <summary>An encoding as the predicate of a sentence about the model.</summary>
    public static string Describe(ColumnEncoding? encoding) => encoding switch
    {
        null => "reads features as they are",
        Standardization => "standardises features",
        _ => $"encodes {encoding.Columns} columns as {encoding.Inputs} inputs",
    };

    private ColumnEncoding? Learn(TargetPropFeatureEncoding kind, int pieces) => kind switch
    {
        _ when table.Sparse is { } rows => SparseEncoding.Learn(rows, acceptsGaps),
        TargetPropFeatureEncoding.PiecewiseLinear => TableEncoding.Learn(table.Features, pieces, acceptsGaps),
        TargetPropFeatureEncoding.Robust => TableEncoding.Learn(table.Features, pieces: null, acceptsGaps),
        TargetPropFeatureEncoding.Standardize => Standardized(),
        _ => null,
    };

    private ColumnEncoding Standardized()
    {
        var all = Standardization.Learn(table.Features);
        var kept = Filling(ClassifierOptions.IsWide(table.Columns, table.Rows) ? ColumnScreening.Apply(all, table.Features, table.Labels, !isNumber, seed) : all, acceptsGaps)!;
        return TableEncoding.HasGaps(table.Features).Contains(true) ? TableEncoding.Of(kept, table.Features) : kept;
    }

    private static bool Has(ColumnEncoding? encoding, ColumnForm form) => encoding is TableEncoding table && table.Codes.Any(code => code.Form == form);
}
