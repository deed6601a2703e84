using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Rows of numbers, each with a number as label.</summary>
/// <param name="Features">One array per row, all of the same length.</param>
/// <param name="Labels">The label of each row.</param>
internal sealed record ValueRows(IReadOnlyList<float[]> Features, IReadOnlyList<float> Labels)
{
    /// <summary>Whether any feature is missing.</summary>
    public bool HasGaps => Features.Any(row => row.Any(float.IsNaN));

    /// <summary>The first rows; all if there are fewer.</summary>
    public ValueRows Take(int count) => new([.. Features.Take(count)], [.. Labels.Take(count)]);

    /// <summary>Splits the rows in random order: 70 % for training, the others for measuring.</summary>
    public ValueSplit Split(Random random)
    {
        int[] order = [.. Enumerable.Range(0, Labels.Count)];
        random.Shuffle(order);
        int held = (int)Math.Round(Draw.Held * order.Length);
        return new ValueSplit(At(order[held..]), At(order[..held]));
    }

    /// <summary>The rows as a data view.</summary>
    public IDataView ToDataView(MLContext mlContext)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Features[0].Length);
        return mlContext.Data.LoadFromEnumerable(Features.Zip(Labels, (f, l) => new Row { Features = f, Label = l }).ToArray(), schema);
    }

    private ValueRows At(int[] rows) => new([.. rows.Select(i => Features[i])], [.. rows.Select(i => Labels[i])]);

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}

/// <summary>Training rows and test rows.</summary>
internal sealed record ValueSplit(ValueRows Train, ValueRows Test);

/// <summary>A table whose label is a number: made by code, or from a file.</summary>
/// <param name="Name">Small letters, digits and hyphens.</param>
/// <param name="Description">Size, columns and label.</param>
/// <param name="Draw">Makes the rows from random numbers; another seed gives other rows, or another split.</param>
internal sealed record ValueTable(string Name, string Description, Func<Random, ValueSplit> Draw)
{
    /// <summary>Rows of the file that it comes from, of which its draws are splits; null for a table made by code.</summary>
    public int? FileRows { get; init; }

    /// <summary>Whether it comes from a file.</summary>
    public bool IsShared => FileRows is not null;
}
