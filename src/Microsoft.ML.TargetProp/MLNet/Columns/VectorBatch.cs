using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// What a transform of ours computes from one vector column. The rest of the transform is the same for all of them: <see cref="BatchedView"/>
/// for many rows, <see cref="VectorRowMapper"/> for a prediction engine's single ones.
/// </summary>
internal interface IVectorColumns
{
    string InputColumnName { get; }

    /// <summary>Length of the vectors that can be computed with.</summary>
    int InputLength { get; }

    /// <summary>The columns that are added: vectors of known size or single numbers, of <see cref="float"/>.</summary>
    /// <param name="input">The input column, of the right type and length.</param>
    DataViewSchema.DetachedColumn[] OutputColumns(DataViewSchema.Column input);

    /// <summary>Refuses a row that cannot be computed with.</summary>
    /// <param name="values">The row.</param>
    /// <param name="input">The column that it is from.</param>
    /// <param name="position">Position of its cursor, from 0.</param>
    /// <exception cref="InvalidOperationException">The row cannot be computed with; the message says why.</exception>
    void Check(ReadOnlySpan<float> values, DataViewSchema.Column input, long position);

    /// <summary>Computes the wanted columns of a batch. Several threads may do so at once.</summary>
    void Compute(VectorBatch batch);
}

/// <summary>Some rows of an input column and the columns computed from them, in plain memory.</summary>
internal sealed class VectorBatch
{
    private readonly float[]?[] _outputs;
    private readonly int[] _lengths;

    /// <param name="capacity">Most rows.</param>
    /// <param name="inputLength">Length of an input vector.</param>
    /// <param name="outputs">The columns that can be computed.</param>
    /// <param name="wanted">Which of them are asked for.</param>
    public VectorBatch(int capacity, int inputLength, DataViewSchema.DetachedColumn[] outputs, Func<int, bool> wanted)
    {
        InputLength = inputLength;
        Inputs = new float[capacity * inputLength];
        Ids = new DataViewRowId[capacity];
        _lengths = Array.ConvertAll(outputs, c => Math.Max(1, c.Type.GetValueCount()));
        _outputs = [.. outputs.Select((_, i) => wanted(i) ? new float[capacity * _lengths[i]] : null)];
    }

    public int InputLength { get; }

    /// <summary>Rows that there are, from the first on.</summary>
    public int Rows { get; set; }

    /// <summary>The input vectors, one after the other.</summary>
    public float[] Inputs { get; }

    /// <summary>The rows' ids.</summary>
    public DataViewRowId[] Ids { get; }

    public Span<float> Input(int row) => Inputs.AsSpan(row * InputLength, InputLength);

    /// <summary>Where the values of an added column go, row after row; null for one that nobody asked for.</summary>
    public float[]? Output(int column) => _outputs[column];

    public ReadOnlySpan<float> Output(int column, int row) => _outputs[column].AsSpan(row * _lengths[column], _lengths[column]);
}
