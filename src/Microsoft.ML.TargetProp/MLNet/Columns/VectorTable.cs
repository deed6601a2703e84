using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The vectors of a column, copied out of a data view in blocks of whole rows: one array could not hold a large table.</summary>
/// <param name="columns">Length of a vector.</param>
internal sealed class VectorTable(int columns)
{
    /// <summary>Blocks are about this many numbers (8 MB): large enough to copy fast, small enough to fit anywhere.</summary>
    private const int BlockLength = 1 << 21;

    private readonly int _rowsInBlock = Math.Max(1, BlockLength / columns);
    private readonly List<float[]> _blocks = [];

    /// <summary>Length of a vector.</summary>
    public int Columns { get; } = columns;

    public int Rows { get; private set; }

    /// <summary>Room for one more row.</summary>
    public Span<float> Add()
    {
        var place = Rows++ % _rowsInBlock;
        if (place == 0)
            _blocks.Add(new float[_rowsInBlock * Columns]);
        return _blocks[^1].AsSpan(place * Columns, Columns);
    }

    /// <summary>Takes the last row back.</summary>
    public void RemoveLast()
    {
        if (--Rows % _rowsInBlock == 0)
            _blocks.RemoveAt(_blocks.Count - 1);
    }

    /// <summary>The rows as they are, <c>[rows, columns]</c>, in the processor's memory.</summary>
    public Tensor ToTensor()
    {
        var tensor = empty(Rows, Columns, dtype: ScalarType.Float32, device: CPU);
        var start = 0;
        foreach (var block in _blocks)
        {
            var rows = Math.Min(_rowsInBlock, Rows - start);
            using var target = tensor.narrow(0, start, rows);
            MemoryMarshal.AsBytes(block.AsSpan(0, rows * Columns)).CopyTo(target.bytes);
            start += rows;
        }
        return tensor;
    }
}
