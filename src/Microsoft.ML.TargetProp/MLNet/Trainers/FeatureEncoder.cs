using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Chooses and learns the encoding of a trainer's features.</summary>
internal static class FeatureEncoder
{
    /// <summary>Most columns of more than two values that <see cref="TargetPropFeatureEncoding.Auto"/> cuts into pieces.</summary>
    public const int MostMeasuredColumns = 100;

    /// <summary>Most columns of a table.</summary>
    public const int MostColumns = 1000;

    /// <summary>Learns the encoding of training rows.</summary>
    /// <param name="options">The options.</param>
    /// <param name="table">Raw rows.</param>
    /// <param name="seed">The seed of <see cref="ColumnScreening"/>.</param>
    /// <returns>Null when the network reads the columns as they are.</returns>
    public static ColumnEncoding? Learn(TargetPropOptions options, ExampleTable table, int seed)
    {
        var acceptsGaps = options.MissingValues == TargetPropMissingValues.Encode;
        if (table.Sparse is { } rows)
            return SparseEncoding.Learn(rows, acceptsGaps);
        return Resolve(options.FeatureEncoding, table) switch
        {
            TargetPropFeatureEncoding.PiecewiseLinear => TableEncoding.Learn(table.Features, inPieces: true, acceptsGaps),
            TargetPropFeatureEncoding.Robust => TableEncoding.Learn(table.Features, inPieces: false, acceptsGaps),
            TargetPropFeatureEncoding.Standardize => Standardized(options, table, seed),
            _ => null,
        };
    }

    /// <summary>Whether training accepts missing values.</summary>
    public static bool AcceptsGaps(TargetPropOptions options) =>
        options.MissingValues == TargetPropMissingValues.Encode && options.FeatureEncoding != TargetPropFeatureEncoding.None;

    /// <summary>A standardisation that treats gaps as the options say.</summary>
    public static Standardization? Filling(Standardization? standardization, TargetPropOptions options) =>
        standardization is null ? null : new(standardization.Offset, standardization.Scale) { FillsGaps = options.MissingValues == TargetPropMissingValues.Encode };

    /// <summary>Whether an option stands for an encoding.</summary>
    public static bool Describes(TargetPropFeatureEncoding option, ColumnEncoding? encoding) => option switch
    {
        TargetPropFeatureEncoding.None => encoding is null,
        TargetPropFeatureEncoding.Standardize => encoding is Standardization || Has(encoding, ColumnForm.Standardized),
        TargetPropFeatureEncoding.Robust => encoding is TableEncoding && !Has(encoding, ColumnForm.Pieces) && !Has(encoding, ColumnForm.Standardized),
        TargetPropFeatureEncoding.PiecewiseLinear => encoding is TableEncoding && !Has(encoding, ColumnForm.Clipped) && !Has(encoding, ColumnForm.Standardized),
        _ => true,
    };

    /// <summary>An encoding as the predicate of a sentence about the model.</summary>
    public static string Describe(ColumnEncoding? encoding) => encoding switch
    {
        null => "reads features as they are",
        Standardization => "standardises features",
        _ => $"encodes {encoding.Columns} columns as {encoding.Inputs} inputs",
    };

    private static TargetPropFeatureEncoding Resolve(TargetPropFeatureEncoding option, ExampleTable table)
    {
        if (option != TargetPropFeatureEncoding.Auto)
            return option;
        var isTable = table.Columns <= MostColumns && !ClassifierOptions.IsWide(table.Columns, table.Rows)
            && TableEncoding.CountMeasured(table.Features, MostMeasuredColumns + 1) <= MostMeasuredColumns;
        return isTable ? TargetPropFeatureEncoding.PiecewiseLinear : TargetPropFeatureEncoding.Standardize;
    }

    private static ColumnEncoding Standardized(TargetPropOptions options, ExampleTable table, int seed)
    {
        var all = Standardization.Learn(table.Features);
        var kept = Filling(ClassifierOptions.IsWide(table.Columns, table.Rows) ? ColumnScreening.Apply(all, table.Features, table.Labels, areClasses: options is TargetPropClassifierOptions, seed) : all, options)!;
        return TableEncoding.HasGaps(table.Features).Contains(true) ? TableEncoding.Of(kept, table.Features) : kept;
    }

    private static bool Has(ColumnEncoding? encoding, ColumnForm form) => encoding is TableEncoding table && table.Codes.Any(code => code.Form == form);
}
