using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Rules that send an error down layer by layer: δ_M = p − y, δ_{i−1} = φ′(a_{i−1}) ⊙ (what comes down from δ_i).</summary>
internal abstract class ErrorPropagation : ICreditAssignment
{
    public abstract IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape);

    /// <summary>∂L/∂W_i = δ_i h_{i−1}ᵀ, mean over rows (algorithms, §1 step 3).</summary>
    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, ParameterBuffer updates, LossMeter? losses)
    {
        var delta = pass.WeightedOutputError();
        for (var i = pass.OutputLayer; i >= 1; i--)
        {
            LocalUpdate.Outer(updates.Maps[i - 1], delta, pass.Sent[i - 1]);
            if (i == 1)
                break;
            delta = SendDown(network, i, delta);
            pass.ToPreActivations(network, i - 1, delta);
        }
    }

    /// <summary>What layer i − 1 receives of δ_i, <c>[batch, units]</c>.</summary>
    protected abstract Tensor SendDown(TargetPropNetwork network, int i, Tensor delta);
}
