using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Normally distributed numbers, eight at a time: drawing them is otherwise a fifth of a training step. Eight generators xoshiro128++
/// (Blackman and Vigna 2021) side by side, and the transformation of Box and Muller (1958).
/// </summary>
internal sealed class GaussianNoise
{
    private Vector256<uint> _s0;
    private Vector256<uint> _s1;
    private Vector256<uint> _s2;
    private Vector256<uint> _s3;

    public GaussianNoise(Random seeds)
        : this(() => (uint)seeds.NextInt64())
    {
    }

    /// <param name="seed">The seed. SplitMix64 expands all of its 64 bits into the state of the generators.</param>
    public GaussianNoise(ulong seed)
        : this(Expand(seed))
    {
    }

    private GaussianNoise(Func<uint> next)
    {
        Vector256<uint> Draw() => Vector256.Create(next(), next(), next(), next(), next(), next(), next(), next());
        (_s0, _s1, _s2) = (Draw(), Draw(), Draw());

        // A generator whose state is all zero would stay there.
        _s3 = Draw() | Vector256<uint>.One;
    }

    private static Func<uint> Expand(ulong seed)
    {
        var random = new SplitMix64(seed);
        return () => (uint)(random.Next() >> 32);
    }

    /// <summary>Fills <paramref name="to"/> with <paramref name="from"/> plus independent draws from N(0, σ²).</summary>
    /// <param name="from">As long as <paramref name="to"/>; may be the same memory.</param>
    /// <param name="to">Where the sums go.</param>
    /// <param name="deviation">σ.</param>
    public void Add(ReadOnlySpan<float> from, Span<float> to, float deviation)
    {
        var width = Vector256<float>.Count;
        var i = 0;
        for (; i + 2 * width <= to.Length; i += 2 * width)
        {
            var (first, second) = Pair(deviation);
            (Vector256.Create(from.Slice(i, width)) + first).CopyTo(to[i..]);
            (Vector256.Create(from.Slice(i + width, width)) + second).CopyTo(to[(i + width)..]);
        }
        if (i == to.Length)
            return;
        Span<float> rest = stackalloc float[2 * width];
        var (last, beyond) = Pair(deviation);
        last.CopyTo(rest);
        beyond.CopyTo(rest[width..]);
        for (var j = i; j < to.Length; j++)
            to[j] = from[j] + rest[j - i];
    }

    /// <summary>√(−2 ln u) cos πv and √(−2 ln u) sin πv for u uniform in (0, 1], v in [−1, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector256<float> First, Vector256<float> Second) Pair(float deviation)
    {
        // 24 bits, all that a float holds; one more than the number, so that the logarithm is finite.
        var u = Vector256.ConvertToSingle(((Next() >> 8) + Vector256<uint>.One).AsInt32()) * Vector256.Create(1f / (1 << 24));
        var v = Vector256.ConvertToSingle(Next().AsInt32() >> 8) * Vector256.Create(1f / (1 << 23));
        var radius = Vector256.Sqrt(Vector256.Create(-2f) * VectorMath.Log(u)) * Vector256.Create(deviation);
        var (sine, cosine) = VectorMath.SinCosPi(v);
        return (radius * cosine, radius * sine);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<uint> Next()
    {
        var sum = _s0 + _s3;
        var result = ((sum << 7) | (sum >>> 25)) + _s0;
        var shifted = _s1 << 9;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = (_s3 << 11) | (_s3 >>> 21);
        return result;
    }
}
