using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Fits a mixture of Gaussians to codes: k-means, then expectation and maximisation.</summary>
internal static class MixturePrior
{
    private const int MeansRounds = 10;
    private const int MixtureRounds = 5;

    /// <summary>Every component keeps at least this part of the codes' overall variance, so that none collapses in some direction.</summary>
    private const double MinVariancePart = 1e-3;

    /// <param name="codes"><c>[rows, units]</c>.</param>
    /// <param name="components">Number of Gaussians, at least 1. Never more than rows.</param>
    /// <param name="random">Chooses the first centres of k-means among the rows.</param>
    public static PriorParameters Fit(Tensor codes, int components, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var rows = codes.to(ScalarType.Float64);
        var count = (int)Math.Min(components, rows.shape[0]);
        var groups = KMeans(rows, count, random);
        var pooled = PooledCovariance(rows, groups);
        var prior = Maximize(rows, groups, pooled);
        for (var round = 0; round < MixtureRounds; round++)
        {
            using var density = new CodePrior(prior, rows.device);
            prior = Maximize(rows, density.Responsibilities(rows), pooled);
        }
        return prior;
    }

    /// <summary>k-means (Lloyd 1982). Returns the group of each row as zeros and ones, <c>[rows, groups]</c>.</summary>
    private static Tensor KMeans(Tensor rows, int count, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var start = random.Permutation(rows.shape[0])[..count];
        var centres = rows.index_select(0, tensor(start, device: rows.device));
        var member = zeros(rows.shape[0], count, dtype: ScalarType.Float64, device: rows.device);
        for (var round = 0; round < MeansRounds; round++)
        {
            var nearest = cdist(rows, centres).argmin(1);
            using var one = ones(rows.shape[0], 1, dtype: ScalarType.Float64, device: rows.device);
            member.zero_().scatter_(1, nearest.unsqueeze(1), one);
            var sizes = member.sum(dim: 0L).unsqueeze(1);
            // An empty group keeps its centre.
            centres = where(sizes.GreaterThan(0), member.t().mm(rows).div_(sizes), centres);
        }
        return member.MoveToOuterDisposeScope();
    }

    /// <summary>The covariance of codes around the centres of their groups, plus a small part of the variance around the overall mean.</summary>
    private static Tensor PooledCovariance(Tensor rows, Tensor groups)
    {
        using var scope = NewDisposeScope();
        using var all = ones(rows.shape[0], 1, dtype: ScalarType.Float64, device: rows.device);
        var centres = groups.t().mm(rows).div_(groups.sum(dim: 0L).unsqueeze(1).ClampMin(1));
        var pooled = Covariance(rows.sub(groups.mm(centres)), all);
        pooled.diagonal().AddInPlace(Covariance(rows.sub(rows.mean([0L])), all).diagonal().Times(MinVariancePart)).ShiftInPlace(1e-6);
        return pooled.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The Gaussians of rows that belong to each with the given weights. A small group has too few rows for a covariance of its own, so the
    /// pooled covariance is added with the weight of as many rows as there are units. (The covariance around the overall mean would reach from group to
    /// group: with 20,000 digits and 50 groups it lowered the Parzen estimate on held-out rows by 5 nats.)
    /// </summary>
    private static PriorParameters Maximize(Tensor rows, Tensor membership, Tensor pooled)
    {
        using var scope = NewDisposeScope();
        var sizes = membership.sum(dim: 0L).ToDoubles();
        var components = new List<PriorComponent>();
        for (var c = 0; c < sizes.Length; c++)
        {
            if (sizes[c] < 1e-3)
                continue;
            using var inner = NewDisposeScope();
            var weights = membership.narrow(1, c, 1);
            var mean = rows.mul(weights).sum(dim: 0L).ScaleInPlace(1 / sizes[c]);
            var units = rows.shape[1];
            var covariance = Covariance(rows.sub(mean), weights).ScaleInPlace(sizes[c]).AddScaledInPlace(pooled, units).ScaleInPlace(1 / (sizes[c] + units));
            components.Add(new((float)sizes[c], mean.ToFloats(), linalg.cholesky(covariance).ToFloats()));
        }
        var total = components.Sum(c => (double)c.Weight);
        return new([.. components.Select(c => c with { Weight = (float)(c.Weight / total) })]);
    }

    private static Tensor Covariance(Tensor centred, Tensor weights)
    {
        using var scope = NewDisposeScope();
        return centred.mul(weights).t().mm(centred).div_(weights.sum()).MoveToOuterDisposeScope();
    }
}
