using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Fits a prior of one Gaussian to codes.</summary>
internal static class GaussianPrior
{
    /// <summary>Added to every variance: a unit that never varies would make the objective infinite.</summary>
    private const double MinVariance = 1e-6;

    /// <summary>The Gaussian with the mean and the widened covariance of codes, docs/algorithm.md (9.2), from sums in double precision.</summary>
    /// <param name="sum">Σ h, <c>[units]</c>.</param>
    /// <param name="products">Σ h hᵀ, <c>[units, units]</c>.</param>
    /// <param name="rows">Number of codes.</param>
    /// <param name="kind">Factorised or full.</param>
    /// <param name="widening">Factor on the variances; 4 in the paper.</param>
    public static PriorParameters Of(Tensor sum, Tensor products, long rows, TargetPropCodePrior kind, double widening)
    {
        using var scope = NewDisposeScope();
        var mean = sum.Times(1.0 / rows);
        var covariance = products.Times(1.0 / rows).sub_(outer(mean, mean));
        covariance.diagonal().ShiftInPlace(MinVariance);
        covariance.ScaleInPlace(widening);
        var factor = kind == TargetPropCodePrior.Factorized ? diag(covariance.diagonal().sqrt()) : linalg.cholesky(covariance);
        return new([new(1, mean.ToFloats(), factor.ToFloats())]);
    }
}
