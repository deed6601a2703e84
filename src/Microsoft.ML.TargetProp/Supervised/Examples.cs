using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Some rows of a data set, as the network reads them.</summary>
/// <param name="Features"><c>[batch, inputs]</c>, encoded; <c>[batch, columns]</c>, raw, where pictures are still to be moved.</param>
/// <param name="Labels">Class indices from 0 (int64) for softmax, 0 or 1 (float) for logistic outputs, <c>[batch]</c>.</param>
/// <param name="Weights">Example weights of mean 1 over the data set, <c>[batch, 1]</c>; null when all are equal.</param>
internal sealed record Batch(Tensor Features, Tensor Labels, Tensor? Weights)
{
    public long Rows => Features.size(0);

    /// <summary>The inputs of a wide, sparse table; <see cref="Features"/> then has no columns. Otherwise null.</summary>
    public SparseRows? Sparse { get; init; }

    /// <summary>The batch with the zeros of its rows.</summary>
    public Batch ToDense() => Sparse is null ? this : this with { Features = Sparse.ToTensor(), Sparse = null };

    /// <summary>Some of the rows, in the order given and in new memory.</summary>
    public Batch Select(ReadOnlyMemory<long> rows) =>
        new(Sparse is null ? Examples.Gather(Features, rows) : Examples.NoColumns(rows.Length), Examples.Gather(Labels, rows), Weights is null ? null : Examples.Gather(Weights, rows))
        {
            Sparse = Sparse?.Select(rows.Span),
        };

    /// <summary>Multiplies every row of <paramref name="values"/>, <c>[batch, units]</c>, by its example's weight, in place.</summary>
    public Tensor Weigh(Tensor values) => Weights is null ? values : values.mul_(Weights);
}

/// <summary>A data set in the memory of a device.</summary>
internal sealed class Examples : IDisposable
{
    /// <summary>Fewer bytes are copied on the calling thread: calling a second one costs a good part of the work.</summary>
    private const int MinBytesOfAThread = 1 << 16;

    /// <param name="features"><c>[rows, columns]</c>; raw, or the inputs of the network.</param>
    /// <param name="labels"><c>[rows]</c>, on the device of the network; see <see cref="Batch.Labels"/>.</param>
    /// <param name="weights"><c>[rows, 1]</c> of mean 1, or null.</param>
    public Examples(Tensor features, Tensor labels, Tensor? weights)
    {
        Features = features.DetachFromDisposeScope();
        Labels = labels.DetachFromDisposeScope();
        Weights = weights?.DetachFromDisposeScope();
    }

    /// <summary>Rows of a wide, sparse table, in the processor's memory.</summary>
    /// <param name="sparse">The inputs of the network.</param>
    /// <param name="labels"><c>[rows]</c>; see <see cref="Batch.Labels"/>.</param>
    /// <param name="weights"><c>[rows, 1]</c> of mean 1, or null.</param>
    public Examples(SparseRows sparse, Tensor labels, Tensor? weights)
        : this(NoColumns(sparse.Count), labels, weights) => Sparse = sparse;

    /// <inheritdoc cref="Batch.Sparse"/>
    public SparseRows? Sparse { get; }

    /// <summary>
    /// True when the encoding of a network is still to be applied to a batch. Sixteen inputs for each column of a whole table would take sixteen
    /// times the memory.
    /// </summary>
    public bool AreRaw { get; init; }

    /// <summary>The stored rows.</summary>
    public Tensor Features { get; }

    public Tensor Labels { get; }

    /// <summary>The device of the batches.</summary>
    public Device Device => Labels.device;

    public Tensor? Weights { get; }

    public long Rows => Features.shape[0];

    /// <summary>The rows from <paramref name="start"/> on, at most <paramref name="count"/> of them, in their order.</summary>
    public Batch Slice(long start, long count)
    {
        var length = Math.Min(count, Rows - start);
        return new(Features.narrow(0, start, length), Labels.narrow(0, start, length), Weights?.narrow(0, start, length)) { Sparse = Sparse?.Slice((int)start, (int)length) };
    }

    /// <summary>At most <paramref name="count"/> rows, evenly spaced over the data set, in new memory.</summary>
    public Batch Spread(int count)
    {
        var rows = new long[Math.Min(count, Rows)];
        for (var i = 0L; i < rows.Length; i++)
            rows[i] = i * Rows / rows.Length;
        return Select(rows);
    }

    /// <summary>Some rows, in the order given and in new memory.</summary>
    public Batch Select(ReadOnlyMemory<long> rows) => new Batch(Features, Labels, Weights) { Sparse = Sparse }.Select(rows);

    /// <summary>The features of rows that are sparse.</summary>
    public static Tensor NoColumns(long rows) => empty(rows, 0, dtype: ScalarType.Float32, device: CPU);

    /// <summary>Copies some rows of a tensor.</summary>
    public static Tensor Gather(Tensor from, ReadOnlyMemory<long> rows)
    {
        var size = from.shape;
        if (from.device_type != DeviceType.CPU || !from.is_contiguous() || from.numel() * from.element_size() > int.MaxValue)
        {
            using var index = tensor(rows.ToArray(), device: from.device);
            return from.index_select(0, index);
        }
        var width = (int)(from.numel() * from.element_size() / size[0]);
        size[0] = rows.Length;
        var gathered = empty(size, dtype: from.dtype, device: CPU);
        OpenMpTeam.RunRanges(rows.Length, MinBytesOfAThread / width, (start, count) =>
        {
            var order = rows.Span;
            var all = from.bytes;
            var some = gathered.bytes;
            for (var i = start; i < start + count; i++)
                all.Slice((int)order[i] * width, width).CopyTo(some[(i * width)..]);
        });
        return gathered;
    }

    public void Dispose()
    {
        Features.Dispose();
        Labels.Dispose();
        Weights?.Dispose();
    }
}
