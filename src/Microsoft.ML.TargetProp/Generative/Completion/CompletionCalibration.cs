using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Calibrates completion maps on rows that they did not learn from, docs/algorithm.md (10.5). The step scale of a round is the part of its correction
/// that leaves the least squared error. The error scale of a column is its squared error divided by the variance to expect.
/// </summary>
internal sealed class CompletionCalibration(CompletionNetwork network, ConditionalGaussian gaussian, IReadOnlyList<TargetPropVisibleUnits> visible)
{
    /// <summary>Shrinks the error of every column towards the mean error of its kind; this is the weight of that mean, in entries.</summary>
    private const double PooledEntries = 30;

    /// <summary>Measures the step scale of every round and the error scale of every column, (10.5).</summary>
    /// <param name="target">The rows before masking, <c>[rows, columns]</c>.</param>
    /// <param name="gaps">True at missing and masked entries.</param>
    /// <param name="masked">True at masked entries.</param>
    public (float[] StepScale, float[] ErrorScale) Calibrate(Tensor target, Tensor gaps, Tensor masked)
    {
        using var scope = NewDisposeScope();
        var stepScale = new float[network.Rounds];
        var unmasked = masked.logical_not();
        var x = network.Clamped(gaussian.Fill(target, gaps));
        Tensor? code = null;
        for (var round = 0; round < network.Rounds; round++)
        {
            (_, code, var correction) = network.Round(round, x, gaps, code);
            var error = target.sub(x).ZeroInPlace(unmasked);
            var change = network.Corrected(x, gaps, correction).sub_(x).ZeroInPlace(unmasked);
            var size = change.mul(change).sum().ToDouble();
            stepScale[round] = size == 0 ? 0 : (float)Math.Clamp(error.mul_(change).sum().ToDouble() / size, 0, 1);
            x = network.Corrected(x, gaps, correction.ScaleInPlace(stepScale[round]));
        }
        var rest = target.sub(x).ZeroInPlace(unmasked);
        var spread = CompletionModel.Spread(x, gaps, tensor([.. visible.Select(v => v == TargetPropVisibleUnits.Logistic)], device: target.device), gaussian).ZeroInPlace(unmasked);
        return (stepScale, ErrorScale(Sums(rest.mul_(rest)), Sums(spread), Sums(masked.to(ScalarType.Float32))));
    }

    private float[] ErrorScale(double[] error, double[] spread, double[] entries)
    {
        var scale = new float[visible.Count];
        foreach (var kind in Enumerable.Range(0, visible.Count).GroupBy(c => visible[c]))
        {
            var (errors, spreads, count) = (kind.Sum(c => error[c]), kind.Sum(c => spread[c]), kind.Sum(c => entries[c]));
            var part = count == 0 ? 0 : PooledEntries / count;
            foreach (var c in kind)
                scale[c] = spreads == 0 ? 1 : (float)((error[c] + part * errors) / (spread[c] + part * spreads));
        }
        return scale;
    }

    private static double[] Sums(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to(ScalarType.Float64).sum(dim: 0L).ToDoubles();
    }
}
