using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>One Gaussian of the prior, w N(mean, L Lᵀ): h_M = mean + L ε with ε ~ N(0, I).</summary>
/// <param name="Weight">w, above 0. The weights of a prior add up to 1.</param>
/// <param name="Mean">Mean of every top unit, <c>[units]</c>.</param>
/// <param name="Factor">L, lower triangular with a positive diagonal, row by row, <c>[units, units]</c>; diagonal for the factorised prior.</param>
internal sealed record PriorComponent(float Weight, float[] Mean, float[] Factor);

/// <summary>
/// The prior's part of the E-step, a proximal operator: the step along ∂ log p(h_M) / ∂h_M with the gradient taken at the end of the step.
/// The paper leaves this term of the objective out.
/// </summary>
internal interface IProximalOperator : IDisposable
{
    /// <summary>Moves every row of h_M, in place.</summary>
    void Apply(Tensor code);
}

/// <summary>The prior p(h_M): a mixture of Gaussians, often of one, or independent Laplace units.</summary>
/// <param name="Components">The Gaussians. A Laplace prior has one component, whose ε is Laplace with scale 1 and whose factor is diagonal.</param>
/// <param name="IsLaplace">True for Laplace units.</param>
internal sealed record PriorParameters(IReadOnlyList<PriorComponent> Components, bool IsLaplace = false)
{
    /// <summary>Π_j exp(−|h_j| / scale) / (2 scale), the prior of sparse codes.</summary>
    public static PriorParameters Laplace(int units, double scale) =>
        new([new(1, new float[units], [.. Enumerable.Range(0, units * units).Select(i => i % (units + 1) == 0 ? (float)scale : 0)])], IsLaplace: true);

    /// <summary>The prior's part of an E-step with a step of δσ².</summary>
    public IProximalOperator ProximalOperator(double step, Device device) =>
        IsLaplace ? new SoftThreshold(this, step, device) : new GaussianProximal(this, step, device);

    /// <summary>Mean Σ w m and covariance Σ w (L Lᵀ + m mᵀ) − mean meanᵀ of a mixture of Gaussians, in double precision.</summary>
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
            mean.AddScaledInPlace(m, component.Weight);
            second.AddScaledInPlace(l.mm(l.t()).AddInPlace(outer(m, m)), component.Weight);
        }
        return (mean.MoveToOuterDisposeScope(), second.sub_(outer(mean, mean)).MoveToOuterDisposeScope());
    }
}
