using Microsoft.ML.TargetProp.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>One Gaussian of the prior, w N(mean, L Lᵀ): h_M = mean + L ε with ε ~ N(0, I).</summary>
/// <param name="Weight">w, above 0; the weights of a prior add up to 1.</param>
/// <param name="Mean">Mean of every top unit, <c>[units]</c>.</param>
/// <param name="Factor">L, lower triangular with a positive diagonal, row by row, <c>[units, units]</c>; diagonal for the factorised prior.</param>
internal sealed record PriorComponent(float Weight, float[] Mean, float[] Factor);

/// <summary>p(h_M): a mixture of Gaussians, often of one.</summary>
internal sealed record TopPrior(IReadOnlyList<PriorComponent> Components)
{
    /// <summary>Mean Σ w m and covariance Σ w (L Lᵀ + m mᵀ) − mean meanᵀ of the whole, in double precision.</summary>
    public (Tensor Mean, Tensor Covariance) Moments()
    {
        using var scope = NewDisposeScope();
        var units = Components[0].Mean.Length;
        var mean = zeros(units, dtype: ScalarType.Float64);
        var second = zeros(units, units, dtype: ScalarType.Float64);
        foreach (var component in Components)
        {
            var m = tensor(component.Mean, ScalarType.Float64);
            var l = tensor(component.Factor, ScalarType.Float64).reshape(units, units);
            mean.AddScaled(m, component.Weight);
            second.AddScaled(l.mm(l.t()).Add(outer(m, m)), component.Weight);
        }
        return (mean.MoveToOuterDisposeScope(), second.sub_(outer(mean, mean)).MoveToOuterDisposeScope());
    }
}
