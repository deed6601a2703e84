using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The E-step: inference by iterated target propagation, docs/algorithm.md (8.2). By default it needs no derivative.</summary>
internal static class IteratedInference
{
    /// <summary>Runs a forward pass, then moves every layer N times, from the top layer down.</summary>
    /// <param name="network">The maps.</param>
    /// <param name="visible">Rows in the model's units, <c>[batch, columns]</c>; missing entries hold their start value.</param>
    /// <param name="settings">N, δ, λ and α, and when to stop before N.</param>
    /// <param name="missing">
    /// True at missing entries, or null when there are none. Missing entries follow g_1(h_1) at every iteration. If they kept their start value, they
    /// would hold the code near its start, and the objective, which counts observed entries only, would fall.
    /// </param>
    /// <param name="onIteration">Called with h_0 to h_M after the forward pass (iteration 0) and after every iteration. The tensors change in place later.</param>
    /// <returns>h_0 = x to h_M; the caller's dispose scope holds them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static Tensor[] Run(
        GenerativeNetwork network, Tensor visible, InferenceSettings settings, Tensor? missing = null, Action<int, Tensor[]>? onIteration = null)
    {
        settings.Check();
        var top = network.Shape.Top;
        var gaps = missing is not null && HasAny(missing) ? missing : null;
        var h = new Tensor[top + 1];
        h[0] = gaps is null ? visible : visible.clone();
        for (var k = 1; k <= top; k++)
            h[k] = network.Up(k, h[k - 1]);
        onIteration?.Invoke(0, h);
        using var outputs = new Outputs(h);
        using var monitor = settings.Tolerance > 0 ? new ConvergenceMonitor(settings.Tolerance, h, gaps is null ? 1 : 0) : null;
        for (var k = top; k > 1; k--)
            network.Down(k, h[k], outputs.Generated[k]);
        for (var n = 1; n <= settings.Iterations; n++)
        {
            for (var k = top; k >= 1; k--)
            {
                using var scope = NewDisposeScope();
                if (k == 1)
                    network.Down(1, h[1], outputs.Generated[1]);
                if (k == 1 && gaps is not null)
                    h[0].copy_(where(gaps, outputs.Generated[1], h[0]));
                // In the first iteration the forward pass has just computed f_k(h_{k−1}). Without gaps the input never moves.
                if (k == 1 ? gaps is not null : n > 1)
                    network.Up(k, h[k - 1], outputs.Inferred[k]);
                Move(network, k, h, outputs, settings);
                // Read by the layer below now, and by this layer in the next iteration.
                if (k > 1)
                    network.Down(k, h[k], outputs.Generated[k]);
            }
            var isOver = monitor?.IsOver(h) ?? false;
            onIteration?.Invoke(n, h);
            if (isOver)
                break;
        }
        return h;
    }

    /// <summary>h_k ← h_k + δ · direction + λ · pull from above + α · q terms, and the prior's part at the top.</summary>
    private static void Move(GenerativeNetwork network, int k, Tensor[] h, Outputs outputs, InferenceSettings settings)
    {
        var above = k < network.Shape.Top ? outputs.Generated[k + 1] : null;
        if (settings is { Direction: TargetPropInferenceDirection.Estimator, InferenceWeight: 0 })
        {
            network.Up(k, outputs.Generated[k], outputs.Returned[k]);
            Move(h[k], outputs.Inferred[k], outputs.Returned[k], above, settings);
        }
        else
        {
            var move = settings.Direction == TargetPropInferenceDirection.Gradient
                ? Gradient(network, k, h[k - 1], outputs.Generated[k]).ScaleInPlace(settings.Step)
                : Estimator(network, k, outputs.Inferred[k], outputs.Generated[k]).ScaleInPlace(settings.Step);
            if (above is not null)
                move.AddScaledInPlace(PullFromAbove(above, h[k]), settings.TopDownStep);
            if (settings.InferenceWeight > 0)
                move.AddScaledInPlace(InferenceTerms(network, k, outputs.Inferred[k], h[k], above), settings.InferenceWeight);
            h[k].AddInPlace(move);
        }
        if (above is null)
            network.PriorOperator?.Apply(h[k]);
    }

    /// <summary>
    /// h_k ← h_k + δ (f_k(h_{k−1}) − f_k(g_k(h_k))) + λ (g_{k+1}(h_{k+1}) − h_k), docs/algorithm.md (8.2): the move without q terms, in one pass
    /// over plain memory.
    /// </summary>
    /// <param name="activity">h_k, <c>[batch, units]</c>; moved in place.</param>
    /// <param name="inferred">f_k(h_{k−1}).</param>
    /// <param name="returned">f_k(g_k(h_k)).</param>
    /// <param name="above">g_{k+1}(h_{k+1}); null at the top.</param>
    /// <param name="settings">δ and λ.</param>
    public static void Move(Tensor activity, Tensor inferred, Tensor returned, Tensor? above, InferenceSettings settings)
    {
        if (!TensorMemory.IsPlain(activity))
        {
            using var scope = NewDisposeScope();
            var move = inferred.sub(returned).ScaleInPlace(settings.Step);
            if (above is not null)
                move.AddScaledInPlace(PullFromAbove(above, activity), settings.TopDownStep);
            activity.AddInPlace(move);
        }
        else if (above is null)
        {
            FusedArithmetic.Move(TensorMemory.Floats(activity), TensorMemory.Floats(inferred), TensorMemory.Floats(returned), (float)settings.Step);
        }
        else
        {
            FusedArithmetic.Move(
                TensorMemory.Floats(activity), TensorMemory.Floats(inferred), TensorMemory.Floats(returned), (float)settings.Step,
                TensorMemory.Floats(above), (float)settings.TopDownStep);
        }
    }

    /// <summary>f_k(h_{k−1}) − f_k(g_k(h_k)), docs/algorithm.md (8.3): σ² times an estimate of ∂ log p(h_{k−1} | h_k) / ∂h_k.</summary>
    /// <param name="network">The maps.</param>
    /// <param name="k">The layer, 1 to M.</param>
    /// <param name="inferred">f_k(h_{k−1}).</param>
    /// <param name="generated">g_k(h_k).</param>
    public static Tensor Estimator(GenerativeNetwork network, int k, Tensor inferred, Tensor generated)
    {
        using var returned = network.Up(k, generated);
        return inferred.sub(returned);
    }

    /// <summary>
    /// g_k′(h_k)ᵀ (h_{k−1} − g_k(h_k)), docs/algorithm.md (8.4): the gradient that the estimator approximates, σ² times
    /// ∂ log p(h_{k−1} | h_k) / ∂h_k with the same σ² in every layer.
    /// </summary>
    /// <param name="network">The maps.</param>
    /// <param name="k">The layer, 1 to M.</param>
    /// <param name="below">h_{k−1}.</param>
    /// <param name="generated">g_k(h_k).</param>
    public static Tensor Gradient(GenerativeNetwork network, int k, Tensor below, Tensor generated)
    {
        var map = network.GenerativeParameters.Maps[k - 1];
        using var error = below.sub(generated);
        map.Activation.MultiplyByDerivative(error, generated);
        return error.mm(map.Weight);
    }

    /// <summary>g_{k+1}(h_{k+1}) − h_k, the last term of (8.2): the variance of p(h_k | h_{k+1}) times ∂ log p(h_k | h_{k+1}) / ∂h_k.</summary>
    public static Tensor PullFromAbove(Tensor generatedFromAbove, Tensor activity) => generatedFromAbove.sub(activity);

    /// <summary>
    /// (f_k(h_{k−1}) − h_k) + (g_{k+1}(h_{k+1}) − g_{k+1}(f_{k+1}(h_k))), docs/algorithm.md (8.5): the q terms. The top layer has only the first.
    /// </summary>
    public static Tensor InferenceTerms(GenerativeNetwork network, int k, Tensor inferred, Tensor activity, Tensor? generatedFromAbove)
    {
        var terms = inferred.sub(activity);
        if (generatedFromAbove is null)
            return terms;
        using var up = network.Up(k + 1, activity);
        using var returned = network.Down(k + 1, up);
        return terms.AddInPlace(generatedFromAbove).sub_(returned);
    }

    private static bool HasAny(Tensor mask)
    {
        using var any = mask.any();
        return any.ToBoolean();
    }

    /// <summary>The outputs of the maps, in memory that all iterations share.</summary>
    private sealed class Outputs : IDisposable
    {
        /// <param name="h">h_0 to h_M after the forward pass.</param>
        public Outputs(Tensor[] h)
        {
            Tensor[] ForEveryMap(Func<int, Tensor> make) => [.. Enumerable.Range(0, h.Length).Select(k => make(k).DetachFromDisposeScope())];
            Generated = ForEveryMap(k => empty_like(h[Math.Max(0, k - 1)]));
            Inferred = ForEveryMap(k => h[k].clone());
            Returned = ForEveryMap(k => empty_like(h[k]));
        }

        /// <summary>g_k(h_k), at k from 1.</summary>
        public Tensor[] Generated { get; }

        /// <summary>f_k(h_{k−1}), at k from 1.</summary>
        public Tensor[] Inferred { get; }

        /// <summary>f_k(g_k(h_k)), at k from 1.</summary>
        public Tensor[] Returned { get; }

        public void Dispose()
        {
            foreach (var tensor in Generated.Concat(Inferred).Concat(Returned))
                tensor.Dispose();
        }
    }
}

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

    /// <summary>Measures the iteration that has just ended, (8.7) without the factor 1 / δσ² that all iterations share, and puts rows that stopped earlier back to where they stopped. Call it after every iteration.</summary>
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
