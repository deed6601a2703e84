using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Centred RMSprop with momentum (Graves 2013, equations 38 to 41), as in the published target-prop code.</summary>
internal sealed class CenteredRmsProp : IOptimizer
{
    public const float Averaging = 0.95f;
    public const float Momentum = 0.9f;
    public const float Stabilizer = 0.001f;

    private readonly ParameterBuffer _parameters;
    private readonly ParameterBuffer _updates;
    private readonly double _weightDecay;
    private readonly Tensor _mean;
    private readonly Tensor _square;
    private readonly Tensor _velocity;

    public CenteredRmsProp(ParameterBuffer parameters, ParameterBuffer updates, double weightDecay)
    {
        _parameters = parameters;
        _updates = updates;
        _weightDecay = weightDecay;
        _mean = zeros_like(parameters.Flat).DetachFromDisposeScope();
        _square = zeros_like(parameters.Flat).DetachFromDisposeScope();
        _velocity = zeros_like(parameters.Flat).DetachFromDisposeScope();
    }

    /// <summary>
    /// v ← ρ v + (1 − ρ) g²; m ← ρ m + (1 − ρ) g; Δ ← μ Δ − η g / √(v − m² + s); θ ← θ + Δ, the stabiliser s inside the root.
    /// </summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        var g = _updates.Flat;
        Decay.Apply(_parameters, _weightDecay * learningRate);
        _square.ScaleInPlace(Averaging).AddProductInPlace(g, g, 1 - Averaging);
        _mean.ScaleInPlace(Averaging).AddScaledInPlace(g, 1 - Averaging);
        var spread = _square.clone().AddProductInPlace(_mean, _mean, -1).ShiftInPlace(Stabilizer).sqrt_();
        _velocity.ScaleInPlace(Momentum).AddQuotientInPlace(g, spread, -learningRate);
        _parameters.Flat.AddInPlace(_velocity);
    }

    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
        _velocity.Dispose();
    }
}
