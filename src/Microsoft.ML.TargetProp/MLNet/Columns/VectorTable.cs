using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Vectors copied out of a data view, in blocks of whole rows, because one array cannot hold a large table.</summary>
/// <param name="columns">The length of a vector.</param>
/// <param name="rows">The number of rows, where it is known: a small table then takes little memory.</param>
internal sealed class VectorTable(int columns, int rows = int.MaxValue)
{
    /// <summary>Numbers in a block, 8 MB: large enough to copy fast, small enough to find room for.</summary>
    private const int BlockLength = 1 << 21;

    private readonly int _rowsInBlock = Math.Clamp(BlockLength / columns, 1, rows);
    private readonly List<float[]?> _blocks = [];

    public int Rows { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <returns>The memory of the row, to be filled by the caller.</returns>
    public Span<float> Add()
    {
        var place = Rows++ % _rowsInBlock;
        if (place == 0)
            _blocks.Add(new float[_rowsInBlock * columns]);
        return _blocks[^1].AsSpan(place * columns, columns);
    }

    public void RemoveLast()
    {
        if (--Rows % _rowsInBlock == 0)
            _blocks.RemoveAt(_blocks.Count - 1);
    }

    /// <summary>
    /// Moves the rows into a tensor, <c>[rows, columns]</c>, in the processor's memory. The table is empty afterwards: each block is released
    /// as soon as it is copied, so that the rows are never held twice.
    /// </summary>
    public Tensor MoveToTensor()
    {
        var tensor = empty(Rows, columns, dtype: ScalarType.Float32, device: CPU);
        for (var b = 0; b < _blocks.Count; b++)
        {
            var start = b * _rowsInBlock;
            var count = Math.Min(_rowsInBlock, Rows - start);
            using var target = tensor.narrow(0, start, count);
            MemoryMarshal.AsBytes(_blocks[b].AsSpan(0, count * columns)).CopyTo(target.bytes);
            _blocks[b] = null;
        }
        _blocks.Clear();
        Rows = 0;
        return tensor;
    }
}
