using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// The columns that a transform computes from one vector column. <see cref="BatchedView"/> adds them to many rows, <see cref="VectorRowMapper"/>
/// to the single rows of a prediction engine.
/// </summary>
internal interface IVectorColumns
{
    string InputColumnName { get; }

    /// <summary>The length of an input vector.</summary>
    int InputLength { get; }

    /// <summary>The added columns: vectors of known size or single numbers, of <see cref="float"/>.</summary>
    /// <param name="input">The input column, of the right type and length.</param>
    DataViewSchema.DetachedColumn[] OutputColumns(DataViewSchema.Column input);

    /// <summary>Refuses a row that the model cannot compute with.</summary>
    /// <param name="values">The entries of the row.</param>
    /// <param name="input">The input column.</param>
    /// <param name="position">The position of the row's cursor, from 0.</param>
    /// <exception cref="InvalidOperationException">The row is refused; the message says why.</exception>
    void Check(ReadOnlySpan<float> values, DataViewSchema.Column input, long position);

    /// <summary>Computes the wanted columns of a batch. Several threads may call this at once.</summary>
    void Compute(VectorBatch batch);
}

/// <summary>Rows of an input column and the columns computed from them, in plain memory.</summary>
internal sealed class VectorBatch
{
    private readonly float[]?[] _outputs;
    private readonly int[] _lengths;

    /// <param name="capacity">Most rows.</param>
    /// <param name="inputLength">The length of an input vector.</param>
    /// <param name="outputs">The columns that can be computed.</param>
    /// <param name="wanted">True for the index of a column that is computed.</param>
    public VectorBatch(int capacity, int inputLength, DataViewSchema.DetachedColumn[] outputs, Func<int, bool> wanted)
    {
        InputLength = inputLength;
        Inputs = new float[capacity * inputLength];
        Ids = new DataViewRowId[capacity];
        _lengths = Array.ConvertAll(outputs, c => Math.Max(1, c.Type.GetValueCount()));
        _outputs = [.. outputs.Select((_, i) => wanted(i) ? new float[capacity * _lengths[i]] : null)];
    }

    public int InputLength { get; }

    /// <summary>The number of rows in the batch.</summary>
    public int Rows { get; set; }

    /// <summary>The input vectors, row after row.</summary>
    public float[] Inputs { get; }

    public DataViewRowId[] Ids { get; }

    /// <summary>The input vectors on a device, <c>[rows, columns]</c>.</summary>
    public Tensor ToTensor(Device device)
    {
        using var scope = NewDisposeScope();
        var plain = empty(Rows, InputLength, dtype: ScalarType.Float32, device: CPU);
        MemoryMarshal.AsBytes(Inputs.AsSpan(0, Rows * InputLength)).CopyTo(plain.bytes);
        return plain.to(device).MoveToOuterDisposeScope();
    }

    public Span<float> Input(int row) => Inputs.AsSpan(row * InputLength, InputLength);

    /// <summary>The values of an added column, row after row; null when the column is not wanted.</summary>
    public float[]? Output(int column) => _outputs[column];

    public ReadOnlySpan<float> Output(int column, int row) => _outputs[column].AsSpan(row * _lengths[column], _lengths[column]);
}
