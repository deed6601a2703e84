using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The term ∂ log p(h_M) / ∂h_M of the E-step, which the paper leaves out: h_M ← h_M − c Σ⁻¹ (h_M − mean), with the gradient taken at the end
/// of the step and not at its start. That has a closed form and never overshoots, however narrow the prior is in some direction.
/// </summary>
internal sealed class GaussianProximal : ICodePull
{
    private readonly Tensor _mean;
    private readonly Tensor _kept;

    /// <param name="prior">p(h_M); of a mixture, the Gaussian with its mean and covariance.</param>
    /// <param name="step">c = δσ².</param>
    /// <param name="device">Where the codes are.</param>
    public GaussianProximal(PriorParameters prior, double step, Device device)
    {
        using var scope = NewDisposeScope();
        var (mean, covariance) = prior.Moments();
        using var units = eye(mean.shape[0], dtype: ScalarType.Float64);
        // (I + c Σ⁻¹)⁻¹ = Σ (Σ + c I)⁻¹.
        var kept = covariance.mm(linalg.inv(covariance.Plus(units.ScaleInPlace(step))));
        _mean = mean.to(ScalarType.Float32).to(device).DetachFromDisposeScope();
        _kept = kept.to(ScalarType.Float32).to(device).DetachFromDisposeScope();
    }

    /// <summary>h_M ← mean + (h_M − mean) Σ (Σ + c I)⁻¹, for every row.</summary>
    public void Apply(Tensor code)
    {
        using var scope = NewDisposeScope();
        code.copy_(code.sub(_mean).mm(_kept).AddInPlace(_mean));
    }

    public void Dispose()
    {
        _mean.Dispose();
        _kept.Dispose();
    }
}
