using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The mean over prediction passes of the output probabilities, in the form of logits: ln p̄ of every class, or ln p̄ − ln(1 − p̄) of the positive class.
/// It is computed in logarithms, so small probabilities do not underflow.
/// </summary>
internal static class PassAverage
{
    /// <summary>The mean for the logits of all passes, each <c>[batch, outputs]</c>, docs/algorithm.md (5.3).</summary>
    public static Tensor Of(OutputKind output, IReadOnlyList<Tensor> logits)
    {
        using var scope = NewDisposeScope();
        var all = stack(logits);
        var average = output == OutputKind.Softmax
            ? LogMean(all.log_softmax(2))
            : LogMean(nn.functional.logsigmoid(all)).sub_(LogMean(nn.functional.logsigmoid(all.neg())));
        return average.MoveToOuterDisposeScope();
    }

    /// <summary>The same for one row.</summary>
    /// <param name="output">The meaning of the logits.</param>
    /// <param name="logits"><c>[passes, outputs]</c>; overwritten.</param>
    /// <param name="average"><c>[outputs]</c>.</param>
    public static void Of(OutputKind output, Span<float> logits, Span<float> average)
    {
        if (output == OutputKind.Logistic)
        {
            average[0] = LogMean(logits, 0, 1, a => -Softplus(-a)) - LogMean(logits, 0, 1, a => -Softplus(a));
            return;
        }
        for (var start = 0; start < logits.Length; start += average.Length)
        {
            var pass = logits.Slice(start, average.Length);
            var largest = TensorPrimitives.Max<float>(pass);
            var sum = 0f;
            foreach (var a in pass)
                sum += MathF.Exp(a - largest);
            TensorPrimitives.Subtract(pass, largest + MathF.Log(sum), pass);
        }
        for (var k = 0; k < average.Length; k++)
            average[k] = LogMean(logits, k, average.Length, a => a);
    }

    private static Tensor LogMean(Tensor logarithms) => logarithms.logsumexp(0).ShiftInPlace(-Math.Log(logarithms.shape[0]));

    /// <summary>ln of the mean of exp(f(v)) over every <paramref name="stride"/>-th value.</summary>
    private static float LogMean(ReadOnlySpan<float> values, int start, int stride, Func<float, float> f)
    {
        var largest = float.NegativeInfinity;
        for (var i = start; i < values.Length; i += stride)
            largest = MathF.Max(largest, f(values[i]));
        var sum = 0f;
        for (var i = start; i < values.Length; i += stride)
            sum += MathF.Exp(f(values[i]) - largest);
        return largest + MathF.Log(sum * stride / values.Length);
    }

    /// <summary>ln(1 + exp a).</summary>
    private static float Softplus(float a) => MathF.Max(a, 0) + MathF.Log(1 + MathF.Exp(-MathF.Abs(a)));
}
