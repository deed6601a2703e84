using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The proximal operator of a Laplace prior, docs/algorithm.md (9.4): the soft threshold of ISTA, which sets small codes to 0. With one hidden
/// layer, linear g, the gradient as direction and α > 0, the E-step is that of predictive sparse decomposition.
/// </summary>
internal sealed class SoftThreshold : IProximalOperator
{
    private readonly Tensor _threshold;

    /// <param name="prior">A Laplace prior.</param>
    /// <param name="step">δσ².</param>
    /// <param name="device">The device of the codes.</param>
    public SoftThreshold(PriorParameters prior, double step, Device device)
    {
        using var scope = NewDisposeScope();
        var units = prior.Components[0].Mean.Length;
        var scales = tensor(prior.Components[0].Factor).reshape(units, units).diagonal();
        _threshold = scales.reciprocal().ScaleInPlace(step).to(device).DetachFromDisposeScope();
    }

    /// <summary>h_M ← sign(h_M) max(|h_M| − δσ² / b, 0) for every row, (9.4).</summary>
    public void Apply(Tensor code)
    {
        using var scope = NewDisposeScope();
        code.copy_(code.sign().mul_(code.abs().sub_(_threshold).ClampMin(0)));
    }

    public void Dispose() => _threshold.Dispose();
}

/// <summary>
/// The proximal operator of a Gaussian prior: h_M ← h_M − δσ² Σ⁻¹ (h_M − mean), with the gradient taken at the end of the step. This has a
/// closed form, docs/algorithm.md (9.3), and never overshoots, however narrow the prior is in some direction.
/// </summary>
internal sealed class GaussianProximal : IProximalOperator
{
    private readonly Tensor _mean;
    private readonly Tensor _shrinkage;

    /// <param name="prior">p(h_M). A mixture counts as the Gaussian with its mean and covariance.</param>
    /// <param name="step">δσ².</param>
    /// <param name="device">The device of the codes.</param>
    public GaussianProximal(PriorParameters prior, double step, Device device)
    {
        using var scope = NewDisposeScope();
        var (mean, covariance) = prior.Moments();
        using var units = eye(mean.shape[0], dtype: ScalarType.Float64);
        // (I + δσ² Σ⁻¹)⁻¹ = Σ (Σ + δσ² I)⁻¹.
        var shrinkage = covariance.mm(linalg.inv(covariance.Plus(units.ScaleInPlace(step))));
        _mean = mean.to(ScalarType.Float32).to(device).DetachFromDisposeScope();
        _shrinkage = shrinkage.to(ScalarType.Float32).to(device).DetachFromDisposeScope();
    }

    /// <summary>h_M ← mean + (h_M − mean) Σ (Σ + δσ² I)⁻¹ for every row, (9.3).</summary>
    public void Apply(Tensor code)
    {
        using var scope = NewDisposeScope();
        code.copy_(code.sub(_mean).mm(_shrinkage).AddInPlace(_mean));
    }

    public void Dispose()
    {
        _mean.Dispose();
        _shrinkage.Dispose();
    }
}
