using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Products of sparse rows with a weight matrix whose memory is ordered by input, so that an entry of a row reads one contiguous piece.</summary>
internal static class SparseProducts
{
    /// <summary>Fewer multiplications stay on the calling thread.</summary>
    private const int MinProductOfAThread = 1 << 16;

    /// <summary>W h for every row h, <c>[rows, outputs]</c>, a new tensor.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="weightByInput">Wᵀ, <c>[inputs, outputs]</c>, contiguous in the processor's memory.</param>
    public static Tensor Product(SparseRows rows, Tensor weightByInput)
    {
        var outputs = (int)weightByInput.size(1);
        var product = empty(rows.Count, outputs, dtype: ScalarType.Float32, device: CPU);
        var multiplications = Math.Max(1, rows.Entries * outputs / Math.Max(1, rows.Count));
        OpenMpTeam.RunRanges(rows.Count, (int)Math.Min(int.MaxValue, 1 + MinProductOfAThread / multiplications), (start, count) =>
        {
            var weight = TensorMemory.Floats(weightByInput);
            var sums = TensorMemory.Floats(product);
            for (var r = start; r < start + count; r++)
                WeightedSum(rows[r].Columns, rows[r].Values, weight, sums.Slice(r * outputs, outputs));
        });
        return product;
    }

    /// <summary>sum ← Σ_i values_i · (row indices_i of <paramref name="matrix"/>), added up in the order given.</summary>
    /// <param name="indices">Rows of the matrix.</param>
    /// <param name="values">Their factors.</param>
    /// <param name="matrix">Rows of the length of <paramref name="sum"/>, one after the other.</param>
    /// <param name="sum">Overwritten.</param>
    public static void WeightedSum(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, ReadOnlySpan<float> matrix, Span<float> sum)
    {
        var (width, length) = (Vector<float>.Count, sum.Length);
        ref var from = ref MemoryMarshal.GetReference(matrix);
        ref var to = ref MemoryMarshal.GetReference(sum);
        var j = 0;
        for (; j <= length - 4 * width; j += 4 * width)
        {
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            for (var i = 0; i < indices.Length; i++)
            {
                var factor = new Vector<float>(values[i]);
                ref var piece = ref Unsafe.Add(ref from, (nint)indices[i] * length + j);
                a = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref piece), a);
                b = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref piece, (nuint)width), b);
                c = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref piece, (nuint)(2 * width)), c);
                d = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref piece, (nuint)(3 * width)), d);
            }
            a.StoreUnsafe(ref to, (nuint)j);
            b.StoreUnsafe(ref to, (nuint)(j + width));
            c.StoreUnsafe(ref to, (nuint)(j + 2 * width));
            d.StoreUnsafe(ref to, (nuint)(j + 3 * width));
        }
        for (; j <= length - width; j += width)
        {
            var a = Vector<float>.Zero;
            for (var i = 0; i < indices.Length; i++)
                a = Vector.FusedMultiplyAdd(new Vector<float>(values[i]), Vector.LoadUnsafe(ref Unsafe.Add(ref from, (nint)indices[i] * length + j)), a);
            a.StoreUnsafe(ref to, (nuint)j);
        }
        for (; j < length; j++)
        {
            var a = 0f;
            for (var i = 0; i < indices.Length; i++)
                a = MathF.FusedMultiplyAdd(values[i], matrix[indices[i] * length + j], a);
            sum[j] = a;
        }
    }
}

/// <summary>
/// The gradient ∂/∂W = δᵀ h of a map that reads sparse rows. It is zero for every input that none of the rows has. The others are computed one by one
/// when the optimiser asks for them, so the gradient takes no memory of the size of W.
/// </summary>
internal sealed class SparseGradient
{
    private float[] _delta = [];
    private int _outputs;

    /// <summary>h: the rows of this step; set before the step's updates are computed.</summary>
    public SparseRows Rows { get; set; } = new(0, []);

    /// <summary>The inputs that the rows have.</summary>
    public int[] Inputs => Rows.ByColumn.Columns;

    /// <summary>Remembers δ = ∂/∂a of every row, <c>[rows, outputs]</c>.</summary>
    public void Set(Tensor delta)
    {
        _outputs = (int)delta.size(1);
        var length = (int)delta.numel();
        if (_delta.Length < length)
            _delta = new float[length];
        using var plain = delta.contiguous();
        TensorMemory.Floats(plain).CopyTo(_delta);
    }

    /// <summary>Writes the gradient of the weights of input number <paramref name="index"/> of <see cref="Inputs"/>, one for each output.</summary>
    public void Of(int index, Span<float> gradient) =>
        SparseProducts.WeightedSum(Rows.ByColumn.Rows(index), Rows.ByColumn.Values(index), _delta.AsSpan(0, Rows.Count * _outputs), gradient);
}
