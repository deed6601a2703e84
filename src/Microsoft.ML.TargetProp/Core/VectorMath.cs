using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Elementary functions on eight floats at a time. An element's result does not depend on where in a span it stands, so that a row scored
/// alone and the same row in a batch pass through the same function.
/// </summary>
internal static class VectorMath
{
    // ln 2 in two parts: the first has few enough bits for n · Ln2High to be exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    private const float One = 1f;

    /// <summary>Beyond this, tanh is 1 in single precision.</summary>
    private const float TanhIsOne = 9.02f;

    /// <summary>Replaces every value by its hyperbolic tangent, to within a few units of the last place; NaN stays NaN.</summary>
    public static void Tanh(Span<float> values)
    {
        var width = Vector256<float>.Count;
        ref var value = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i <= values.Length - width; i += width)
            Tanh(Vector256.LoadUnsafe(ref value, (nuint)i)).StoreUnsafe(ref value, (nuint)i);
        for (; i < values.Length; i++)
            values[i] = Tanh(Vector256.Create(values[i])).ToScalar();
    }

    /// <summary>Replaces every row by the hyperbolic tangent of the row plus <paramref name="bias"/>.</summary>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="bias"><c>[columns]</c>.</param>
    public static void Tanh(Span<float> rows, ReadOnlySpan<float> bias)
    {
        var width = Vector256<float>.Count;
        ref var b = ref MemoryMarshal.GetReference(bias);
        for (var start = 0; start < rows.Length; start += bias.Length)
        {
            var row = rows.Slice(start, bias.Length);
            ref var a = ref MemoryMarshal.GetReference(row);
            var i = 0;
            for (; i <= bias.Length - width; i += width)
                Tanh(Vector256.LoadUnsafe(ref a, (nuint)i) + Vector256.LoadUnsafe(ref b, (nuint)i)).StoreUnsafe(ref a, (nuint)i);
            for (; i < bias.Length; i++)
                row[i] = Tanh(Vector256.Create(row[i] + bias[i])).ToScalar();
        }
    }

    /// <summary>Adds <paramref name="bias"/> to every row.</summary>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="bias"><c>[columns]</c>.</param>
    public static void AddToRows(Span<float> rows, ReadOnlySpan<float> bias)
    {
        for (var start = 0; start < rows.Length; start += bias.Length)
        {
            var row = rows.Slice(start, bias.Length);
            TensorPrimitives.Add(row, bias, row);
        }
    }

    /// <summary>delta ← factor · delta ⊙ (1 − output²): the derivative of tanh in terms of its output.</summary>
    public static void TimesTanhDerivative(Span<float> delta, ReadOnlySpan<float> output, float factor)
    {
        var width = Vector256<float>.Count;
        ref var d = ref MemoryMarshal.GetReference(delta);
        ref var h = ref MemoryMarshal.GetReference(output[..delta.Length]);
        var i = 0;
        for (; i <= delta.Length - width; i += width)
            (Vector256.LoadUnsafe(ref d, (nuint)i) * TanhSlope(Vector256.LoadUnsafe(ref h, (nuint)i), factor)).StoreUnsafe(ref d, (nuint)i);
        for (; i < delta.Length; i++)
            delta[i] *= factor * (1 - output[i] * output[i]);
    }

    /// <summary>delta ← factor · (output − target) ⊙ (1 − output²): what <see cref="TimesTanhDerivative"/> makes of the error.</summary>
    public static void ErrorTimesTanhDerivative(ReadOnlySpan<float> output, ReadOnlySpan<float> target, Span<float> delta, float factor)
    {
        var width = Vector256<float>.Count;
        ref var d = ref MemoryMarshal.GetReference(delta);
        ref var h = ref MemoryMarshal.GetReference(output[..delta.Length]);
        ref var t = ref MemoryMarshal.GetReference(target[..delta.Length]);
        var i = 0;
        for (; i <= delta.Length - width; i += width)
        {
            var o = Vector256.LoadUnsafe(ref h, (nuint)i);
            ((o - Vector256.LoadUnsafe(ref t, (nuint)i)) * TanhSlope(o, factor)).StoreUnsafe(ref d, (nuint)i);
        }
        for (; i < delta.Length; i++)
            delta[i] = (output[i] - target[i]) * (factor * (1 - output[i] * output[i]));
    }

    /// <summary>Replaces every row by the logistic function of the row plus <paramref name="bias"/>.</summary>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="bias"><c>[columns]</c>.</param>
    public static void Sigmoid(Span<float> rows, ReadOnlySpan<float> bias)
    {
        for (var start = 0; start < rows.Length; start += bias.Length)
        {
            // The second pass finds the row in the nearest cache.
            var row = rows.Slice(start, bias.Length);
            TensorPrimitives.Add(row, bias, row);
            TensorPrimitives.Sigmoid(row, row);
        }
    }

    /// <summary>delta ← factor · (output − target) ⊙ output ⊙ (1 − output): the error times the derivative of the logistic function.</summary>
    public static void ErrorTimesSigmoidDerivative(ReadOnlySpan<float> output, ReadOnlySpan<float> target, Span<float> delta, float factor)
    {
        var width = Vector256<float>.Count;
        ref var d = ref MemoryMarshal.GetReference(delta);
        ref var h = ref MemoryMarshal.GetReference(output[..delta.Length]);
        ref var t = ref MemoryMarshal.GetReference(target[..delta.Length]);
        var i = 0;
        for (; i <= delta.Length - width; i += width)
        {
            var o = Vector256.LoadUnsafe(ref h, (nuint)i);
            ((o - Vector256.LoadUnsafe(ref t, (nuint)i)) * (Vector256.Create(factor) * (o - o * o))).StoreUnsafe(ref d, (nuint)i);
        }
        for (; i < delta.Length; i++)
            delta[i] = (output[i] - target[i]) * (factor * (output[i] - output[i] * output[i]));
    }

    /// <summary>activity ← activity + step · (goal − now), element by element.</summary>
    public static void Move(Span<float> activity, ReadOnlySpan<float> goal, ReadOnlySpan<float> now, float step)
    {
        var width = Vector256<float>.Count;
        ref var h = ref MemoryMarshal.GetReference(activity);
        ref var g = ref MemoryMarshal.GetReference(goal[..activity.Length]);
        ref var r = ref MemoryMarshal.GetReference(now[..activity.Length]);
        var i = 0;
        for (; i <= activity.Length - width; i += width)
        {
            var move = (Vector256.LoadUnsafe(ref g, (nuint)i) - Vector256.LoadUnsafe(ref r, (nuint)i)) * Vector256.Create(step);
            (Vector256.LoadUnsafe(ref h, (nuint)i) + move).StoreUnsafe(ref h, (nuint)i);
        }
        for (; i < activity.Length; i++)
            activity[i] += (goal[i] - now[i]) * step;
    }

    /// <summary>activity ← activity + step · (goal − now) + pull · (above − activity), element by element.</summary>
    public static void Move(Span<float> activity, ReadOnlySpan<float> goal, ReadOnlySpan<float> now, float step, ReadOnlySpan<float> above, float pull)
    {
        var width = Vector256<float>.Count;
        ref var h = ref MemoryMarshal.GetReference(activity);
        ref var g = ref MemoryMarshal.GetReference(goal[..activity.Length]);
        ref var r = ref MemoryMarshal.GetReference(now[..activity.Length]);
        ref var a = ref MemoryMarshal.GetReference(above[..activity.Length]);
        var i = 0;
        for (; i <= activity.Length - width; i += width)
        {
            var was = Vector256.LoadUnsafe(ref h, (nuint)i);
            var move = (Vector256.LoadUnsafe(ref g, (nuint)i) - Vector256.LoadUnsafe(ref r, (nuint)i)) * Vector256.Create(step);
            move += (Vector256.LoadUnsafe(ref a, (nuint)i) - was) * Vector256.Create(pull);
            (was + move).StoreUnsafe(ref h, (nuint)i);
        }
        for (; i < activity.Length; i++)
            activity[i] += (goal[i] - now[i]) * step + (above[i] - activity[i]) * pull;
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
        ref var g = ref MemoryMarshal.GetReference(guess);
        ref var r = ref MemoryMarshal.GetReference(reconstruction[..guess.Length]);
        ref var h = ref MemoryMarshal.GetReference(below[..guess.Length]);
        var i = 0;
        for (; i <= guess.Length - width; i += width)
        {
            var difference = Vector256.LoadUnsafe(ref g, (nuint)i) - Vector256.LoadUnsafe(ref r, (nuint)i);
            (difference + Vector256.LoadUnsafe(ref h, (nuint)i)).StoreUnsafe(ref g, (nuint)i);
        }
        for (; i < guess.Length; i++)
            guess[i] = guess[i] - reconstruction[i] + below[i];
    }

    /// <summary>
    /// tanh x = x P(x²) / Q(x²) for |x| ≤ <see cref="TanhIsOne"/>. P and Q of degree four were fitted for the least largest relative error,
    /// 2e-8, by weighted least squares. All their coefficients are positive: nothing cancels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        // Where either is NaN, the instruction returns the second.
        var limit = Vector256.Create(TanhIsOne);
        x = Vector256.MaxNative(-limit, Vector256.MinNative(limit, x));
        var square = x * x;
        var p = Vector256.Create(1.33184494e-8f);
        p = Vector256.MultiplyAddEstimate(p, square, Vector256.Create(2.05830978e-5f));
        p = Vector256.MultiplyAddEstimate(p, square, Vector256.Create(3.49401514e-3f));
        p = Vector256.MultiplyAddEstimate(p, square, Vector256.Create(0.133797034f));
        p = Vector256.MultiplyAddEstimate(p, square, Vector256.Create(0.999999979f));
        var q = Vector256.Create(7.7617826e-7f);
        q = Vector256.MultiplyAddEstimate(q, square, Vector256.Create(3.2830581e-4f));
        q = Vector256.MultiplyAddEstimate(q, square, Vector256.Create(2.58710045e-2f));
        q = Vector256.MultiplyAddEstimate(q, square, Vector256.Create(0.467130188f));
        q = Vector256.MultiplyAddEstimate(q, square, Vector256.Create(One));
        var one = Vector256.Create(One);
        return Vector256.MaxNative(-one, Vector256.MinNative(one, x * p / q));
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TanhSlope(Vector256<float> output, float factor) =>
        Vector256.Create(factor) * (Vector256<float>.One - output * output);
}
