using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Centred RMSprop with momentum (Graves 2013, equations 38 to 41), with the settings of the published target propagation code.</summary>
internal sealed class CenteredRmsProp(ParameterBuffer parameters, ParameterBuffer updates, double weightDecay) : Optimizer(parameters, updates, weightDecay)
{
    public const float Averaging = 0.95f;
    public const float Momentum = 0.9f;
    public const float Stabilizer = 0.001f;

    private readonly Tensor _mean = zeros_like(parameters.Flat).DetachFromDisposeScope();
    private readonly Tensor _square = zeros_like(parameters.Flat).DetachFromDisposeScope();
    private readonly Tensor _velocity = zeros_like(parameters.Flat).DetachFromDisposeScope();

    /// <summary>
    /// v ← ρ v + (1 − ρ) g²; m ← ρ m + (1 − ρ) g; Δ ← μ Δ − η g / √(v − m² + s); θ ← θ + Δ, docs/algorithm.md (11.2). The stabiliser s is inside
    /// the root.
    /// </summary>
    public override void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        var g = Updates.Flat;
        DecayWeights(WeightDecay * learningRate);
        _square.ScaleInPlace(Averaging).AddProductInPlace(g, g, 1 - Averaging);
        _mean.ScaleInPlace(Averaging).AddScaledInPlace(g, 1 - Averaging);
        var spread = _square.clone().AddProductInPlace(_mean, _mean, -1).ShiftInPlace(Stabilizer).sqrt_();
        _velocity.ScaleInPlace(Momentum).AddQuotientInPlace(g, spread, -learningRate);
        Parameters.Flat.AddInPlace(_velocity);
    }

    public override void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
        _velocity.Dispose();
    }
}
