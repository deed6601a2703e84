using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The pull of a Laplace prior, h_M ← sign(h_M) max(|h_M| − δσ² / scale, 0): the soft threshold of ISTA, which sets small codes to 0. With one
/// layer, linear g, the gradient as direction and α > 0, the E-step is then that of predictive sparse decomposition (algorithms, §5).
/// </summary>
internal sealed class SoftThreshold : ICodePull
{
    private readonly Tensor _threshold;

    /// <param name="prior">A Laplace prior.</param>
    /// <param name="step">δσ².</param>
    /// <param name="device">Where the codes are.</param>
    public SoftThreshold(PriorParameters prior, double step, Device device)
    {
        using var scope = NewDisposeScope();
        var units = prior.Components[0].Mean.Length;
        var scales = tensor(prior.Components[0].Factor).reshape(units, units).diagonal();
        _threshold = scales.reciprocal().ScaleInPlace(step).to(device).DetachFromDisposeScope();
    }

    public void Apply(Tensor code)
    {
        using var scope = NewDisposeScope();
        code.copy_(code.sign().mul_(code.abs().sub_(_threshold).ClampMin(0)));
    }

    public void Dispose() => _threshold.Dispose();
}
