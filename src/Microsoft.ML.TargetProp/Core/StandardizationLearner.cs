using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Learns a <see cref="Standardization"/>: mean and spread of every column, in double precision.</summary>
internal static class StandardizationLearner
{
    /// <summary>
    /// The spread that a column is divided by is half its range, but at least one standard deviation and at most this many. An ordinary
    /// column's half range is two to four deviations. A pixel that is hardly ever lit has a deviation that is a tiny part of its range:
    /// divided by that alone, the few lit values, and the noise in them, would outweigh all other columns. A heavy-tailed column has a
    /// range that is a few outliers' work: divided by that, the rest would vanish.
    /// </summary>
    private const double MostDeviations = 4;

    private const int RowsAtOnce = 4096;

    /// <param name="features"><c>[rows, columns]</c> as the user gave them.</param>
    public static Standardization Learn(Tensor features)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (features.shape[0], features.shape[1]);
        var mean = zeros(columns, dtype: ScalarType.Float64, device: features.device);
        foreach (var block in Blocks(features))
            mean.AddInPlace(block.sum(dim: 0L));
        mean.ScaleInPlace(1.0 / rows);

        // Two passes: the difference of two large sums would lose a small spread around a large mean.
        var variance = zeros_like(mean);
        foreach (var block in Blocks(features))
        {
            var centred = block.sub(mean);
            variance.AddInPlace(centred.mul_(centred).sum(dim: 0L));
        }
        var deviation = variance.ScaleInPlace(1.0 / rows).sqrt_();
        var (lowest, highest) = (features.amin(0), features.amax(0));

        var halfRange = highest.to(ScalarType.Float64).sub_(lowest).ScaleInPlace(0.5);
        var spread = minimum(maximum(deviation, halfRange), deviation.Times(MostDeviations));

        // A constant column is told by its values: rounding can leave it a deviation that is not quite zero.
        var scale = spread.reciprocal().to(ScalarType.Float32);
        scale.ZeroInPlace(lowest.eq(highest).logical_or(scale.isfinite().logical_not()));
        return new(mean.to(ScalarType.Float32).cpu().data<float>().ToArray(), scale.cpu().data<float>().ToArray());
    }

    private static IEnumerable<Tensor> Blocks(Tensor features)
    {
        for (var start = 0L; start < features.shape[0]; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            yield return features.narrow(0, start, Math.Min(RowsAtOnce, features.shape[0] - start)).to(ScalarType.Float64);
        }
    }
}
