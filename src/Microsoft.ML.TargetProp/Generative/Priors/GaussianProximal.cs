using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

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
