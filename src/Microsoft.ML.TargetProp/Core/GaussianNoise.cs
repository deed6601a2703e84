using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Draws normally distributed numbers, and dropout, eight at a time; one at a time they would take a fifth of a training step. Eight generators xoshiro128++
/// (Blackman and Vigna 2021) run side by side, and the transformation of Box and Muller (1958) turns their numbers into normal ones.
/// </summary>
internal sealed class GaussianNoise
{
    // ln 2 in two parts. The first has few enough bits for n · Ln2High to be exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

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

        // A generator whose state is all zeros would stay there.
        _s3 = Draw() | Vector256<uint>.One;
    }

    private static Func<uint> Expand(ulong seed)
    {
        var random = new SplitMix64(seed);
        return () => (uint)(random.Next() >> 32);
    }

    /// <summary>Fills <paramref name="to"/> with <paramref name="from"/> plus independent draws from N(0, σ²).</summary>
    /// <param name="from">The values to add to; as long as <paramref name="to"/>, and possibly the same memory.</param>
    /// <param name="to">The sums.</param>
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

    /// <summary>Fills <paramref name="to"/> with zeros, each with probability <paramref name="dropout"/>, and 1 / (1 − dropout) elsewhere.</summary>
    public void FillMask(Span<float> to, float dropout)
    {
        var width = Vector256<float>.Count;
        var limit = Vector256.Create((int)(dropout * (1 << 24)));
        var kept = Vector256.Create(1 / (1 - dropout));
        Vector256<float> Draw() => Vector256.AndNot(kept, Vector256.LessThan((Next() >> 8).AsInt32(), limit).AsSingle());
        var i = 0;
        for (; i + width <= to.Length; i += width)
            Draw().CopyTo(to[i..]);
        if (i == to.Length)
            return;
        Span<float> rest = stackalloc float[width];
        Draw().CopyTo(rest);
        rest[..(to.Length - i)].CopyTo(to[i..]);
    }

    /// <summary>√(−2 ln u) cos πv and √(−2 ln u) sin πv for u uniform in (0, 1], v in [−1, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector256<float> First, Vector256<float> Second) Pair(float deviation)
    {
        // A float holds 24 bits. Adding one keeps the logarithm finite.
        var u = Vector256.ConvertToSingle(((Next() >> 8) + Vector256<uint>.One).AsInt32()) * Vector256.Create(1f / (1 << 24));
        var v = Vector256.ConvertToSingle(Next().AsInt32() >> 8) * Vector256.Create(1f / (1 << 23));
        var radius = Vector256.Sqrt(Vector256.Create(-2f) * Log(u)) * Vector256.Create(deviation);
        var (sine, cosine) = SinCosPi(v);
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

    /// <summary>
    /// ln x of a normal positive x. With x = 2ᵏ m, √½ ≤ m &lt; √2, and s = (m − 1)/(m + 1): ln x = k ln 2 + 2 (s + s³/3 + s⁵/5 + …).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Log(Vector256<float> x)
    {
        var rootHalf = Vector256.Create(0.70710678f).AsInt32();
        var bits = x.AsInt32() - rootHalf;
        var k = Vector256.ConvertToSingle(bits >> 23);
        var m = ((bits & Vector256.Create(0x7fffff)) + rootHalf).AsSingle();
        var s = (m - Vector256<float>.One) / (m + Vector256<float>.One);
        var square = s * s;
        var series = Vector256.Create(2f / 9);
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f / 7));
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f / 5));
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f / 3));
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f));
        var small = Vector256.MultiplyAddEstimate(k, Vector256.Create(Ln2Low), series * s);
        return Vector256.MultiplyAddEstimate(k, Vector256.Create(Ln2High), small);
    }

    /// <summary>sin πv and cos πv for −1 ≤ v ≤ 1, by the series at half the angle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector256<float> Sine, Vector256<float> Cosine) SinCosPi(Vector256<float> v)
    {
        var angle = v * Vector256.Create(MathF.PI / 2);
        var square = angle * angle;
        var sine = Vector256.Create(-1f / 39916800);
        sine = Vector256.MultiplyAddEstimate(sine, square, Vector256.Create(1f / 362880));
        sine = Vector256.MultiplyAddEstimate(sine, square, Vector256.Create(-1f / 5040));
        sine = Vector256.MultiplyAddEstimate(sine, square, Vector256.Create(1f / 120));
        sine = Vector256.MultiplyAddEstimate(sine, square, Vector256.Create(-1f / 6));
        sine = Vector256.MultiplyAddEstimate(sine * square, angle, angle);
        var cosine = Vector256.Create(1f / 479001600);
        cosine = Vector256.MultiplyAddEstimate(cosine, square, Vector256.Create(-1f / 3628800));
        cosine = Vector256.MultiplyAddEstimate(cosine, square, Vector256.Create(1f / 40320));
        cosine = Vector256.MultiplyAddEstimate(cosine, square, Vector256.Create(-1f / 720));
        cosine = Vector256.MultiplyAddEstimate(cosine, square, Vector256.Create(1f / 24));
        cosine = Vector256.MultiplyAddEstimate(cosine, square, Vector256.Create(-0.5f));
        cosine = Vector256.MultiplyAddEstimate(cosine, square, Vector256<float>.One);
        var twiceSine = sine + sine;
        return (twiceSine * cosine, Vector256.MultiplyAddEstimate(-twiceSine, sine, Vector256<float>.One));
    }
}
