using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Rows of numbers with their classes.</summary>
/// <param name="Features">One array per row, all of the same length.</param>
/// <param name="Labels">The class of each row.</param>
internal sealed record TableRows(IReadOnlyList<float[]> Features, IReadOnlyList<string> Labels)
{
    /// <summary>Number of columns.</summary>
    public int Columns => Features[0].Length;

    /// <summary>Number of different classes.</summary>
    public int Classes => Labels.Distinct().Count();

    /// <summary>The first rows; all if there are fewer.</summary>
    public TableRows Take(int count) => new([.. Features.Take(count)], [.. Labels.Take(count)]);

    /// <summary>Whether any feature is missing.</summary>
    public bool HasGaps => Features.Any(row => row.Any(float.IsNaN));

    /// <summary>Splits the rows of each class in random order: 70 % for training, the others for measuring. A class of one row is for training.</summary>
    public TableSplit Split(Random random)
    {
        List<int> train = [], test = [];
        foreach (IGrouping<string, int> rows in Enumerable.Range(0, Labels.Count).GroupBy(i => Labels[i]).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            int[] order = [.. rows];
            random.Shuffle(order);
            int held = (int)Math.Round(Draw.Held * order.Length);
            test.AddRange(order[..held]);
            train.AddRange(order[held..]);
        }

        return new TableSplit(At(train, random), At(test, random));
    }

    /// <summary>The rows as a data view, with the label as text.</summary>
    public IDataView ToDataView(MLContext mlContext)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Columns);
        return mlContext.Data.LoadFromEnumerable(Features.Zip(Labels, (f, l) => new Row { Features = f, Label = l }).ToArray(), schema);
    }

    private TableRows At(IEnumerable<int> rows, Random random)
    {
        int[] order = [.. rows];
        random.Shuffle(order);
        return new TableRows([.. order.Select(i => Features[i])], [.. order.Select(i => Labels[i])]);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }
}

/// <summary>Training rows and test rows.</summary>
internal sealed record TableSplit(TableRows Train, TableRows Test);

/// <summary>A table made by code (drawn from a distribution, or listed in full and split), or from a file.</summary>
/// <param name="Name">Small letters, digits and hyphens.</param>
/// <param name="Description">Size, columns and classes.</param>
/// <param name="Draw">Makes the rows from random numbers; another seed gives other rows, or another split.</param>
internal sealed record Table(string Name, string Description, Func<Random, TableSplit> Draw)
{
    /// <summary>Rows of the file that it comes from, of which its draws are splits; null for a table made by code.</summary>
    public int? FileRows { get; init; }

    /// <summary>Whether it comes from a file.</summary>
    public bool IsShared => FileRows is not null;

    /// <summary>All tables that are made by code.</summary>
    public static IReadOnlyList<Table> All { get; } =
    [
        GaussianTables.Small, GaussianTables.Wide, GaussianTables.Unscaled, GaussianTables.Imbalanced, GaussianTables.ManyClasses,
        GaussianTables.NoisyLabels, CurvedTables.Spirals, CurvedTables.Parity, CurvedTables.Ringnorm, WaveTables.Waveform, WaveTables.LightDigits,
        RuleTables.BalanceScale, RuleTables.TicTacToe, RuleTables.Monks, PictureTables.DrawnDigits,
    ];
}
