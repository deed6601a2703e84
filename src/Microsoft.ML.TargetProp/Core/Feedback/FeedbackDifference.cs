using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>d = g(moved) − g(h): what a feedback map makes of a movement, and the derivative of d with respect to the map's weights.</summary>
internal sealed class FeedbackDifference
{
    private readonly LayerMap _feedback;
    private readonly Tensor _activity;
    private readonly Tensor _moved;
    private readonly Tensor _outputAtActivity;
    private readonly Tensor _outputAtMoved;

    /// <param name="feedback">g.</param>
    /// <param name="activity">h, <c>[batch, inputs]</c>.</param>
    /// <param name="moved">The same after the movement.</param>
    public FeedbackDifference(LayerMap feedback, Tensor activity, Tensor moved)
    {
        (_feedback, _activity, _moved) = (feedback, activity, moved);
        if (IsLinear)
        {
            _moved = moved.sub(activity);
            _outputAtActivity = _outputAtMoved = Value = _moved.mm(feedback.WeightTransposed);
            return;
        }
        _outputAtActivity = feedback.Apply(activity);
        _outputAtMoved = feedback.Apply(moved);
        Value = _outputAtMoved.sub(_outputAtActivity);
    }

    /// <summary>d, <c>[batch, outputs]</c>.</summary>
    public Tensor Value { get; }

    private bool IsLinear => _feedback.Activation == Activation.Identity;

    /// <summary>Adds ∂/∂(W, b) of Σ_r ⟨δ_r, d_r⟩ to <paramref name="update"/>.</summary>
    /// <param name="update">Of the map's shape.</param>
    /// <param name="delta">δ, <c>[batch, outputs]</c>, held constant; stays as it is.</param>
    public void AddDerivative(LayerMap update, Tensor delta)
    {
        if (IsLinear)
        {
            // The biases cancel, and one product does for both ends.
            update.Weight.addmm_(delta.t(), _moved, beta: 1f, alpha: 1f);
            return;
        }
        AddDerivative(update, delta.clone(), _outputAtMoved, _moved);
        AddDerivative(update, delta.neg(), _outputAtActivity, _activity);
    }

    private static void AddDerivative(LayerMap update, Tensor delta, Tensor output, Tensor below)
    {
        update.Activation.MultiplyByDerivative(delta, output);
        update.Weight.addmm_(delta.t(), below, beta: 1f, alpha: 1f);
        update.Bias.AddInPlace(delta.sum(dim: 0L));
    }
}
