using Microsoft.ML.TargetProp.Learning;
using Microsoft.ML.TargetProp.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Fits a mixture of Gaussians to codes: k-means for a start, then expectation and maximisation.</summary>
internal static class MixturePrior
{
    private const int MeansRounds = 10;
    private const int MixtureRounds = 5;

    /// <summary>Of the codes' own variance, the part that every component has at least: no direction may close up.</summary>
    private const double LeastPart = 1e-3;

    /// <param name="codes"><c>[rows, units]</c>.</param>
    /// <param name="components">How many Gaussians, at least 1; never more than rows.</param>
    /// <param name="random">Chooses the rows that k-means starts from.</param>
    public static TopPrior Fit(Tensor codes, int components, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var rows = codes.to(ScalarType.Float64);
        var count = (int)Math.Min(components, rows.shape[0]);
        var pooled = Covariance(rows.sub(rows.mean([0L])), ones(rows.shape[0], 1, dtype: ScalarType.Float64, device: rows.device));
        pooled.diagonal().Add(pooled.diagonal().Times(LeastPart)).Shift(1e-6);
        var prior = Maximize(rows, Groups(rows, count, random), pooled);
        for (var round = 0; round < MixtureRounds; round++)
        {
            using var live = new LivePrior(prior, rows.device);
            prior = Maximize(rows, live.Responsibilities(rows), pooled);
        }
        return prior;
    }

    /// <summary>k-means (Lloyd 1982): which group each row belongs to, as zeros and ones, <c>[rows, groups]</c>.</summary>
    private static Tensor Groups(Tensor rows, int count, RandomSource random)
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
            centres = where(sizes.IsAbove(0), member.t().mm(rows).div_(sizes), centres);
        }
        return member.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The Gaussians of rows that belong to each with the given weights. A covariance counts the codes' overall covariance as so many more
    /// rows as there are units: a small group has too few rows for one of its own.
    /// </summary>
    private static TopPrior Maximize(Tensor rows, Tensor membership, Tensor pooled)
    {
        using var scope = NewDisposeScope();
        var sizes = membership.sum(dim: 0L).data<double>().ToArray();
        var components = new List<PriorComponent>();
        for (var c = 0; c < sizes.Length; c++)
        {
            if (sizes[c] < 1e-3)
                continue;
            using var inner = NewDisposeScope();
            var weights = membership.narrow(1, c, 1);
            var mean = rows.mul(weights).sum(dim: 0L).Scale(1 / sizes[c]);
            var units = rows.shape[1];
            var covariance = Covariance(rows.sub(mean), weights).Scale(sizes[c]).AddScaled(pooled, units).Scale(1 / (sizes[c] + units));
            components.Add(new((float)sizes[c], Floats(mean), Floats(linalg.cholesky(covariance))));
        }
        var total = components.Sum(c => (double)c.Weight);
        return new([.. components.Select(c => c with { Weight = (float)(c.Weight / total) })]);
    }

    private static Tensor Covariance(Tensor centred, Tensor weights)
    {
        using var scope = NewDisposeScope();
        return centred.mul(weights).t().mm(centred).div_(weights.sum()).MoveToOuterDisposeScope();
    }

    private static float[] Floats(Tensor tensor) => tensor.to(ScalarType.Float32).contiguous().cpu().data<float>().ToArray();
}
