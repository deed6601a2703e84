using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The prior of one Gaussian, with the moments of codes (algorithms, §5).</summary>
internal static class GaussianPrior
{
    /// <summary>No variance is smaller: a unit that never varies would make J infinite.</summary>
    private const double LeastVariance = 1e-6;

    /// <summary>Of codes, <c>[rows, units]</c>.</summary>
    public static PriorParameters Fit(Tensor codes, TargetPropCodePrior kind, double widening)
    {
        using var scope = NewDisposeScope();
        var rows = codes.to(ScalarType.Float64);
        return Of(rows.sum(dim: 0L), rows.t().mm(rows), rows.shape[0], kind, widening);
    }

    /// <summary>Of sums over codes, in double precision.</summary>
    /// <param name="sum">Σ h, <c>[units]</c>.</param>
    /// <param name="products">Σ h hᵀ, <c>[units, units]</c>.</param>
    /// <param name="rows">How many codes.</param>
    /// <param name="kind">Factorised or full.</param>
    /// <param name="widening">Factor on the variances; 4 in the paper.</param>
    public static PriorParameters Of(Tensor sum, Tensor products, long rows, TargetPropCodePrior kind, double widening)
    {
        using var scope = NewDisposeScope();
        var mean = sum.Times(1.0 / rows);
        var covariance = products.Times(1.0 / rows).sub_(outer(mean, mean));
        covariance.diagonal().ShiftInPlace(LeastVariance);
        covariance.ScaleInPlace(widening);
        var factor = kind == TargetPropCodePrior.Factorized ? diag(covariance.diagonal().sqrt()) : linalg.cholesky(covariance);
        return new([new(1, Values(mean), Values(factor))]);
    }

    private static float[] Values(Tensor tensor) => tensor.to(ScalarType.Float32).contiguous().cpu().data<float>().ToArray();
}
