using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The mean over prediction passes, or over the members of a committee. For classes it is the mean of the probabilities, in the form of logits: ln p̄ of
/// every class, or ln p̄ − ln(1 − p̄) of the positive class. For a number it is the mean of the outputs themselves. Probabilities are averaged in
/// logarithms, so small probabilities do not underflow.
/// </summary>
internal static class PassAverage
{
    /// <summary>The mean for the logits of all passes, each <c>[batch, outputs]</c>, docs/algorithm.md (5.3).</summary>
    /// <param name="output">The meaning of the logits.</param>
    /// <param name="logits">The logits of every pass.</param>
    /// <param name="weights">The weight of every pass, 0 or more; null for equal weights.</param>
    public static Tensor Of(OutputKind output, IReadOnlyList<Tensor> logits, IReadOnlyList<float>? weights = null)
    {
        using var scope = NewDisposeScope();
        var all = stack(logits);
        var shares = weights is null ? null : tensor(Shares(weights), device: all.device).to(all.dtype).view(-1, 1, 1);
        if (output == OutputKind.Linear)
            return (shares is null ? all.mean([0L]) : all.mul(shares).sum(dim: 0L)).MoveToOuterDisposeScope();
        var logShares = shares?.log();
        var average = output == OutputKind.Softmax
            ? LogMean(all.log_softmax(2), logShares)
            : LogMean(nn.functional.logsigmoid(all), logShares).sub_(LogMean(nn.functional.logsigmoid(all.neg()), logShares));
        return average.MoveToOuterDisposeScope();
    }

    /// <summary>The same for one row.</summary>
    /// <param name="output">The meaning of the logits.</param>
    /// <param name="logits"><c>[passes, outputs]</c>; overwritten.</param>
    /// <param name="average"><c>[outputs]</c>.</param>
    /// <param name="shares">The share of every pass, see <see cref="Shares"/>; empty for equal shares.</param>
    public static void Of(OutputKind output, Span<float> logits, Span<float> average, ReadOnlySpan<float> shares = default)
    {
        if (output == OutputKind.Linear)
        {
            average.Clear();
            for (var start = 0; start < logits.Length; start += average.Length)
                TensorPrimitives.MultiplyAdd(logits.Slice(start, average.Length), shares.IsEmpty ? (float)average.Length / logits.Length : shares[start / average.Length], average, average);
            return;
        }
        if (output == OutputKind.Logistic)
        {
            average[0] = LogMean(logits, 0, 1, a => -Softplus(-a), shares) - LogMean(logits, 0, 1, a => -Softplus(a), shares);
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
            average[k] = LogMean(logits, k, average.Length, a => a, shares);
    }

    /// <summary>Weights divided by their sum.</summary>
    public static float[] Shares(IReadOnlyList<float> weights)
    {
        var sum = weights.Sum(w => (double)w);
        return [.. weights.Select(w => (float)(w / sum))];
    }

    private static Tensor LogMean(Tensor logarithms, Tensor? logShares) => logShares is null
        ? logarithms.logsumexp(0).ShiftInPlace(-Math.Log(logarithms.shape[0]))
        : logarithms.Plus(logShares).logsumexp(0);

    /// <summary>ln of the mean of exp(f(v)) over every <paramref name="stride"/>-th value.</summary>
    private static float LogMean(ReadOnlySpan<float> values, int start, int stride, Func<float, float> f, ReadOnlySpan<float> shares)
    {
        var largest = float.NegativeInfinity;
        for (var i = start; i < values.Length; i += stride)
            largest = MathF.Max(largest, f(values[i]));
        var sum = 0f;
        for (var i = start; i < values.Length; i += stride)
            sum += MathF.Exp(f(values[i]) - largest) * (shares.IsEmpty ? 1 : shares[i / stride]);
        return largest + MathF.Log(shares.IsEmpty ? sum * stride / values.Length : sum);
    }

    /// <summary>ln(1 + exp a).</summary>
    private static float Softplus(float a) => MathF.Max(a, 0) + MathF.Log(1 + MathF.Exp(-MathF.Abs(a)));
}

/// <summary>
/// The random numbers of the prediction passes. A stochastic unit sends 1 in a pass when its probability is above its threshold for that pass. All
/// rows share the thresholds, so the score of a row does not depend on other rows or on batches.
/// </summary>
/// <remarks>
/// The thresholds are a Latin hypercube (McKay, Beckman and Conover 1979): the P thresholds of a unit lie one in each P-th part of [0, 1), in random
/// order. In each pass the units are independent Bernoulli samples. Over all passes, the frequency of a unit's 1 equals its probability to within one
/// pass, so fewer passes are enough.
/// </remarks>
internal sealed class PassThresholds
{
    private readonly float[][][] _thresholds;
    private SplitMix64 _random;

    /// <summary>
    /// Draws the thresholds of all hidden layers but the last, whose probabilities the output layer reads without sampling.
    /// </summary>
    public PassThresholds(NetworkShape shape)
    {
        _random = new((uint)shape.Signal.Seed);
        _thresholds = [.. shape.HiddenUnits.SkipLast(1).Select(units => Layer(units, shape.Signal.Passes))];
    }

    /// <summary>Thresholds of the units of a layer in a pass.</summary>
    /// <param name="layer">The sampled layer, from 1.</param>
    /// <param name="pass">The pass, from 0.</param>
    public float[] Of(int layer, int pass) => _thresholds[layer - 1][pass];

    private float[][] Layer(int units, int passes)
    {
        var thresholds = Enumerable.Range(0, passes).Select(_ => new float[units]).ToArray();
        var order = new int[passes];
        for (var unit = 0; unit < units; unit++)
        {
            for (var i = 0; i < passes; i++)
            {
                // The shuffle builds the order from the inside out.
                var j = (int)((_random.Next() >> 32) * (ulong)(i + 1) >> 32);
                order[i] = order[j];
                order[j] = i;
            }
            for (var pass = 0; pass < passes; pass++)
                thresholds[pass][unit] = (float)((order[pass] + (_random.Next() >> 40) * Math.Pow(2, -24)) / passes);
        }
        return thresholds;
    }
}
