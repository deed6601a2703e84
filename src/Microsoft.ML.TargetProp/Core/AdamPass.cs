using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Adam's step on plain memory, in one pass of the processor's vector registers. Four arrays are read and three written, and little is
/// computed.
/// </summary>
/// <param name="step">η / (1 − β₁ᵗ).</param>
/// <param name="root">1 / √(1 − β₂ᵗ).</param>
internal readonly struct AdamPass(float step, float root)
{
    /// <summary>m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← kept · θ − step · m / (root · √v + ε).</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="updates">g.</param>
    /// <param name="mean">m.</param>
    /// <param name="variance">v.</param>
    /// <param name="kept">What weight decay leaves of θ, 1 without.</param>
    public void Run(Span<float> parameters, ReadOnlySpan<float> updates, Span<float> mean, Span<float> variance, float kept)
    {
        var count = parameters.Length;
        var width = Vector<float>.Count;
        var i = 0;
        ref var p = ref MemoryMarshal.GetReference(parameters);
        ref var g = ref MemoryMarshal.GetReference(updates[..count]);
        ref var m = ref MemoryMarshal.GetReference(mean[..count]);
        ref var v = ref MemoryMarshal.GetReference(variance[..count]);
        // Two registers at a time: a root and a quotient take long, and two of each overlap.
        for (; i <= count - 2 * width; i += 2 * width)
        {
            RunRegister(ref p, ref g, ref m, ref v, (nuint)i, kept);
            RunRegister(ref p, ref g, ref m, ref v, (nuint)(i + width), kept);
        }
        for (; i <= count - width; i += width)
            RunRegister(ref p, ref g, ref m, ref v, (nuint)i, kept);
        for (; i < count; i++)
        {
            mean[i] = MathF.FusedMultiplyAdd(mean[i], Adam.Beta1, (1 - Adam.Beta1) * updates[i]);
            variance[i] = MathF.FusedMultiplyAdd(variance[i], Adam.Beta2, (1 - Adam.Beta2) * updates[i] * updates[i]);
            var spread = MathF.FusedMultiplyAdd(MathF.Sqrt(variance[i]), root, Adam.Epsilon);
            parameters[i] = MathF.FusedMultiplyAdd(-step, mean[i] / spread, kept * parameters[i]);
        }
    }

    private void RunRegister(ref float parameters, ref float updates, ref float mean, ref float variance, nuint i, float kept)
    {
        var g = Vector.LoadUnsafe(ref updates, i);
        var m = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref mean, i), new Vector<float>(Adam.Beta1), (1 - Adam.Beta1) * g);
        var v = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref variance, i), new Vector<float>(Adam.Beta2), (1 - Adam.Beta2) * g * g);
        m.StoreUnsafe(ref mean, i);
        v.StoreUnsafe(ref variance, i);
        var spread = Vector.FusedMultiplyAdd(Vector.SquareRoot(v), new Vector<float>(root), new Vector<float>(Adam.Epsilon));
        Vector.FusedMultiplyAdd(new Vector<float>(-step), m / spread, kept * Vector.LoadUnsafe(ref parameters, i)).StoreUnsafe(ref parameters, i);
    }
}
