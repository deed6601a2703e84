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
