using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Ends the E-step of a row when its objective has nearly stopped rising, without computing the objective. Every iteration moves the hidden layers
/// along δσ² times the gradient of the objective, so to first order it raises the objective by Σ_k ‖Δh_k‖² / δσ², docs/algorithm.md (8.7). A row
/// stops after the first iteration whose increase is at most a given part of the increase of its first iteration. Other rows play no part in this.
/// </summary>
internal sealed class ConvergenceMonitor : IDisposable
{
    private readonly double _tolerance;
    private readonly int _lowest;
    private readonly Tensor[] _previous;
    private readonly Tensor _active;
    private Tensor? _threshold;

    /// <param name="tolerance">The part of the first increase, above 0.</param>
    /// <param name="h">h_0 to h_M after the forward pass.</param>
    /// <param name="lowest">The lowest layer that moves: 0 when the input has gaps, else 1.</param>
    public ConvergenceMonitor(double tolerance, Tensor[] h, int lowest)
    {
        (_tolerance, _lowest) = (tolerance, lowest);
        _previous = [.. h.Select(layer => layer.clone().DetachFromDisposeScope())];
        _active = ones(h[0].shape[0], 1, dtype: ScalarType.Bool, device: h[0].device).DetachFromDisposeScope();
    }

    /// <summary>Measures the iteration that has just ended, (8.7), and puts rows that stopped earlier back to where they stopped. Call it after every iteration.</summary>
    /// <param name="h">h_0 to h_M.</param>
    /// <returns>True when every row has stopped.</returns>
    public bool IsOver(Tensor[] h)
    {
        using var scope = NewDisposeScope();
        using var increase = zeros_like(_active, dtype: h[0].dtype);
        for (var k = _lowest; k < h.Length; k++)
        {
            h[k].copy_(where(_active, h[k], _previous[k]));
            if (k > 0)
                increase.AddInPlace(h[k].sub(_previous[k]).square().sum(dim: 1L, keepdim: true));
            _previous[k].copy_(h[k]);
        }
        _threshold ??= increase.Times(_tolerance).DetachFromDisposeScope();
        _active.logical_and_(increase.gt(_threshold));
        return !_active.any().ToBoolean();
    }

    public void Dispose()
    {
        foreach (var layer in _previous)
            layer.Dispose();
        _active.Dispose();
        _threshold?.Dispose();
    }
}
