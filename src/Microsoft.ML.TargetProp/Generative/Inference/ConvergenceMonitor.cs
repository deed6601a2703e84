using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Ends the E-step of a row when J's climb flattens, without computing J. Every iteration moves the hidden layers by δσ² ∂J/∂h_k (algorithms, §5), so
/// to first order it raises J by Σ_k ‖Δh_k‖² / δσ². A row stands still from the first iteration on that adds less than a given part of what its
/// own first iteration added, whatever the rows beside it do.
/// </summary>
internal sealed class ConvergenceMonitor : IDisposable
{
    private readonly double _tolerance;
    private readonly int _lowest;
    private readonly Tensor[] _before;
    private readonly Tensor _moving;
    private Tensor? _least;

    /// <param name="tolerance">The part, above 0.</param>
    /// <param name="h">h_0 to h_M after the forward pass.</param>
    /// <param name="lowest">The lowest layer that moves: 0 when the input has gaps, else 1.</param>
    public ConvergenceMonitor(double tolerance, Tensor[] h, int lowest)
    {
        (_tolerance, _lowest) = (tolerance, lowest);
        _before = [.. h.Select(layer => layer.clone().DetachFromDisposeScope())];
        _moving = ones(h[0].shape[0], 1, dtype: ScalarType.Bool, device: h[0].device).DetachFromDisposeScope();
    }

    /// <summary>To be asked after every iteration; puts the rows back that had stopped before it.</summary>
    /// <param name="h">h_0 to h_M.</param>
    /// <returns>Whether every row has stopped.</returns>
    public bool IsOver(Tensor[] h)
    {
        using var scope = NewDisposeScope();
        using var climb = zeros_like(_moving, dtype: h[0].dtype);
        for (var k = _lowest; k < h.Length; k++)
        {
            h[k].copy_(where(_moving, h[k], _before[k]));
            if (k > 0)
                climb.AddInPlace(h[k].sub(_before[k]).square().sum(dim: 1L, keepdim: true));
            _before[k].copy_(h[k]);
        }
        _least ??= climb.Times(_tolerance).DetachFromDisposeScope();
        _moving.logical_and_(climb.gt(_least));
        return !_moving.any().ToBoolean();
    }

    public void Dispose()
    {
        foreach (var layer in _before)
            layer.Dispose();
        _moving.Dispose();
        _least?.Dispose();
    }
}
