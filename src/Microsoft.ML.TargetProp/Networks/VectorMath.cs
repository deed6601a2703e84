using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.TargetProp.Networks;

/// <summary>
/// Elementary functions on eight floats at a time. An element's result does not depend on where in a span it stands, so that a row scored
/// alone and the same row in a batch pass through the same function.
/// </summary>
internal static class VectorMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: the first has few enough bits for n · Ln2High to be exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Added to a small float, 1.5 · 2^23 leaves its nearest integer in the lowest bits of the sum.
    private const float Rounder = 12582912f;

    private const float One = 1f;

    /// <summary>Beyond this, tanh is 1 in single precision.</summary>
    private const float TanhIsOne = 9.02f;

    /// <summary>Replaces every value by its hyperbolic tangent, to within a few units of the last place; NaN stays NaN.</summary>
    public static void Tanh(Span<float> values)
    {
        var width = Vector256<float>.Count;
        var whole = values.Length - values.Length % width;
        for (var i = 0; i < whole; i += width)
            Tanh(Vector256.Create<float>(values.Slice(i, width))).CopyTo(values[i..]);
        if (whole < values.Length)
        {
            Span<float> rest = stackalloc float[width];
            values[whole..].CopyTo(rest);
            Tanh(Vector256.Create<float>(rest)).CopyTo(rest);
            rest[..(values.Length - whole)].CopyTo(values[whole..]);
        }
    }

    /// <summary>Replaces every row by the hyperbolic tangent of the row plus <paramref name="bias"/>.</summary>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="bias"><c>[columns]</c>.</param>
    public static void Tanh(Span<float> rows, ReadOnlySpan<float> bias)
    {
        var width = Vector256<float>.Count;
        var whole = bias.Length - bias.Length % width;
        for (var start = 0; start < rows.Length; start += bias.Length)
        {
            var row = rows.Slice(start, bias.Length);
            for (var i = 0; i < whole; i += width)
                Tanh(Vector256.Create<float>(row.Slice(i, width)) + Vector256.Create(bias.Slice(i, width))).CopyTo(row[i..]);
            if (whole == bias.Length)
                continue;
            TensorPrimitives.Add(row[whole..], bias[whole..], row[whole..]);
            Tanh(row[whole..]);
        }
    }

    /// <summary>delta ← factor · delta ⊙ (1 − output²): the derivative of tanh in terms of its output.</summary>
    public static void TimesTanhDerivative(Span<float> delta, ReadOnlySpan<float> output, float factor)
    {
        var width = Vector256<float>.Count;
        var whole = delta.Length - delta.Length % width;
        for (var i = 0; i < whole; i += width)
        {
            var h = Vector256.Create(output.Slice(i, width));
            var slope = Vector256.Create(factor) * (Vector256<float>.One - h * h);
            (Vector256.Create<float>(delta.Slice(i, width)) * slope).CopyTo(delta[i..]);
        }
        for (var i = whole; i < delta.Length; i++)
            delta[i] *= factor * (1 - output[i] * output[i]);
    }

    /// <summary>Sums of the columns of a matrix, its rows one after the other; added up in the order of the rows.</summary>
    /// <param name="matrix"><c>[rows, columns]</c>.</param>
    /// <param name="sums"><c>[columns]</c>; overwritten.</param>
    public static void ColumnSums(ReadOnlySpan<float> matrix, Span<float> sums)
    {
        sums.Clear();
        for (var start = 0; start < matrix.Length; start += sums.Length)
            TensorPrimitives.Add(sums, matrix.Slice(start, sums.Length), sums);
    }

    /// <summary>guess ← below − reconstruction + guess, the difference correction, element by element.</summary>
    public static void CorrectByDifference(ReadOnlySpan<float> below, ReadOnlySpan<float> reconstruction, Span<float> guess)
    {
        var width = Vector256<float>.Count;
        var whole = guess.Length - guess.Length % width;
        for (var i = 0; i < whole; i += width)
        {
            var difference = Vector256.Create<float>(guess.Slice(i, width)) - Vector256.Create(reconstruction.Slice(i, width));
            (difference + Vector256.Create(below.Slice(i, width))).CopyTo(guess[i..]);
        }
        for (var i = whole; i < guess.Length; i++)
            guess[i] = guess[i] - reconstruction[i] + below[i];
    }

    /// <summary>
    /// tanh x = sign x · e / (e + 2) with e = exp(2|x|) − 1. With 2|x| = n ln 2 + r, e = 2ⁿ (exp r − 1) + (2ⁿ − 1), where the series of
    /// exp r − 1 keeps all digits of a small x.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        var sign = x & Vector256.Create(-0f);
        var size = Vector256.Abs(x);
        var limit = Vector256.Create(TanhIsOne);
        size = Vector256.ConditionalSelect(Vector256.GreaterThan(size, limit), limit, size);

        var twice = size + size;
        var shifted = Vector256.MultiplyAddEstimate(twice, Vector256.Create(Log2E), Vector256.Create(Rounder));
        var n = shifted - Vector256.Create(Rounder);
        var r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-Ln2High), twice);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-Ln2Low), r);

        // exp r − 1 = r + r²/2! + … + r⁷/7!, |r| ≤ ln 2 / 2: the next term is 5e-9 of the sum.
        var series = Vector256.Create(1f / 5040);
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 720));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 120));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 24));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 6));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(0.5f));
        series = Vector256.MultiplyAddEstimate(series * r, r, r);

        var power = ((shifted.AsInt32() << 23) + Vector256.Create(One).AsInt32()).AsSingle();
        var e = Vector256.MultiplyAddEstimate(power, series, power - Vector256.Create(One));
        return (e / (e + Vector256.Create(2f))) | sign;
    }

    /// <summary>
    /// ln x of a normal positive x. With x = 2ᵏ m, √½ ≤ m &lt; √2, and s = (m − 1)/(m + 1): ln x = k ln 2 + 2 (s + s³/3 + s⁵/5 + …).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Log(Vector256<float> x)
    {
        var rootHalf = Vector256.Create(0.70710678f).AsInt32();
        var bits = x.AsInt32() - rootHalf;
        var k = Vector256.ConvertToSingle(bits >> 23);
        var m = ((bits & Vector256.Create(0x7fffff)) + rootHalf).AsSingle();
        var s = (m - Vector256.Create(One)) / (m + Vector256.Create(One));
        var square = s * s;
        var series = Vector256.Create(2f / 9);
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f / 7));
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f / 5));
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f / 3));
        series = Vector256.MultiplyAddEstimate(series, square, Vector256.Create(2f));
        var small = Vector256.MultiplyAddEstimate(k, Vector256.Create(Ln2Low), series * s);
        return Vector256.MultiplyAddEstimate(k, Vector256.Create(Ln2High), small);
    }

    /// <summary>sin πv and cos πv for −1 ≤ v ≤ 1, from the series at half the angle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Sine, Vector256<float> Cosine) SinCosPi(Vector256<float> v)
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
        cosine = Vector256.MultiplyAddEstimate(cosine, square, Vector256.Create(One));
        var twiceSine = sine + sine;
        return (twiceSine * cosine, Vector256.MultiplyAddEstimate(-twiceSine, sine, Vector256.Create(One)));
    }
}
