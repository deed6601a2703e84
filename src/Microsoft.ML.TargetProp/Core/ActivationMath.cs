using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Activation functions and their derivatives on eight floats at a time. The result for an element does not depend on its place in a span, so a
/// row scored alone and the same row in a batch get the same function values.
/// </summary>
internal static class ActivationMath
{
    /// <summary>tanh is 1 in single precision beyond this.</summary>
    private const float TanhIsOne = 9.02f;

    /// <summary>Replaces every value by its hyperbolic tangent, accurate to a few units in the last place; NaN stays NaN.</summary>
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

    /// <summary>delta ← factor · (output − target) ⊙ (1 − output²): the error times the derivative of tanh.</summary>
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

    /// <summary>Replaces every row by the positive part of the row plus <paramref name="bias"/>; NaN stays NaN.</summary>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="bias"><c>[columns]</c>.</param>
    public static void Relu(Span<float> rows, ReadOnlySpan<float> bias)
    {
        for (var start = 0; start < rows.Length; start += bias.Length)
        {
            var row = rows.Slice(start, bias.Length);
            TensorPrimitives.Add(row, bias, row);
            TensorPrimitives.Max(row, 0f, row);
        }
    }

    /// <summary>delta ← factor · (output − target) where the output is above 0, and 0 elsewhere: the error times the derivative of the rectifier.</summary>
    public static void ErrorTimesReluDerivative(ReadOnlySpan<float> output, ReadOnlySpan<float> target, Span<float> delta, float factor)
    {
        var width = Vector256<float>.Count;
        ref var d = ref MemoryMarshal.GetReference(delta);
        ref var h = ref MemoryMarshal.GetReference(output[..delta.Length]);
        ref var t = ref MemoryMarshal.GetReference(target[..delta.Length]);
        var i = 0;
        for (; i <= delta.Length - width; i += width)
        {
            var o = Vector256.LoadUnsafe(ref h, (nuint)i);
            var error = (o - Vector256.LoadUnsafe(ref t, (nuint)i)) * factor;
            (error & Vector256.GreaterThan(o, Vector256<float>.Zero)).StoreUnsafe(ref d, (nuint)i);
        }
        for (; i < delta.Length; i++)
            delta[i] = output[i] > 0 ? (output[i] - target[i]) * factor : 0;
    }

    /// <summary>Replaces every row by the logistic function of the row plus <paramref name="bias"/>.</summary>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="bias"><c>[columns]</c>.</param>
    public static void Sigmoid(Span<float> rows, ReadOnlySpan<float> bias)
    {
        for (var start = 0; start < rows.Length; start += bias.Length)
        {
            // The second pass reads the row from the nearest cache.
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

    /// <summary>
    /// tanh x = x P(x²) / Q(x²) for |x| ≤ <see cref="TanhIsOne"/>. P and Q of degree four were fitted for the least largest relative error,
    /// 2e-8, by weighted least squares. All coefficients are positive, so nothing cancels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        // If either operand is NaN, the instruction returns the second one.
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
        q = Vector256.MultiplyAddEstimate(q, square, Vector256<float>.One);
        var one = Vector256<float>.One;
        return Vector256.MaxNative(-one, Vector256.MinNative(one, x * p / q));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TanhSlope(Vector256<float> output, float factor) =>
        Vector256.Create(factor) * (Vector256<float>.One - output * output);
}
