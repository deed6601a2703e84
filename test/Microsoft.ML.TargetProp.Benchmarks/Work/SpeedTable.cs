using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>
/// A table of random numbers for speed measurements. The class is the index of the largest of the first columns. Speed does not depend
/// on the values, so no data set is needed.
/// </summary>
internal sealed class SpeedTable
{
    private readonly Row[] _rows;

    public SpeedTable(int rows, int columns, int classes)
    {
        Random random = new(1);
        Columns = columns;
        Classes = classes;
        _rows = new Row[rows];
        for (int r = 0; r < rows; r++)
        {
            float[] features = new float[columns];
            for (int c = 0; c < columns; c++)
            {
                features[c] = random.NextSingle();
            }

            // A key property counts from 0; ML.NET stores it from 1.
            _rows[r] = new Row { Features = features, Label = (uint)Array.IndexOf(features, features[..classes].Max()) };
        }
    }

    public int Count => _rows.Length;

    public int Columns { get; }

    public int Classes { get; }

    public float[] Features(int row) => _rows[row].Features;

    /// <summary>The class of a row, from 0.</summary>
    public int Label(int row) => (int)_rows[row].Label;

    /// <summary>All rows, or the first ones, as a data view.</summary>
    public IDataView ToDataView(MLContext mlContext, int? rows = null) =>
        mlContext.Data.LoadFromEnumerable(rows is int count ? _rows[..count] : _rows, SchemaOf(Columns, Classes));

    private static SchemaDefinition SchemaOf(int columns, int classes)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, columns);
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), classes);
        return schema;
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
