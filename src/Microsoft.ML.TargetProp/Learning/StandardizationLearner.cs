using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>Learns a <see cref="Standardization"/>: mean and spread of every column, in double precision.</summary>
internal static class StandardizationLearner
{
    /// <summary>
    /// A column's spread is its standard deviation, or this part of its range if that is more. An ordinary column's deviation is more
    /// than a tenth of its range; one that nearly always holds the same value has a tiny deviation, and dividing by that would blow the
    /// few other values (and the noise in them) up beyond everything else.
    /// </summary>
    private const double LeastPartOfRange = 0.1;

    private const int RowsAtOnce = 4096;

    /// <param name="features"><c>[rows, columns]</c> as the user gave them.</param>
    public static Standardization Learn(Tensor features)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (features.shape[0], features.shape[1]);
        var mean = zeros(columns, dtype: ScalarType.Float64, device: features.device);
        foreach (var block in Blocks(features))
            mean.add_(block.sum(dim: 0L));
        mean.div_(rows);

        // Two passes: the difference of two large sums would lose a small spread around a large mean.
        var variance = zeros_like(mean);
        foreach (var block in Blocks(features))
        {
            var centred = block.sub(mean);
            variance.add_(centred.mul_(centred).sum(dim: 0L));
        }
        var deviation = variance.div_(rows).sqrt_();
        var (lowest, highest) = (features.amin(0), features.amax(0));

        using var range = highest.to(ScalarType.Float64).sub_(lowest);
        deviation = maximum(deviation, range.mul_(LeastPartOfRange));

        // A constant column is told by its values: rounding can leave it a deviation that is not quite zero.
        var scale = deviation.reciprocal().to(ScalarType.Float32);
        scale.masked_fill_(lowest.eq(highest).logical_or(scale.isfinite().logical_not()), 0f);
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
