using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Rules that send an error down layer by layer: δ_M = p − y, and δ_{i−1} = φ′(a_{i−1}) ⊙ <see cref="SendDown"/>(δ_i).</summary>
internal abstract class ErrorPropagation : LearningRule
{
    /// <summary>∂L/∂W_i = δ_i h_{i−1}ᵀ, mean over rows.</summary>
    public override void ComputeUpdates(ForwardPass pass, double targetStep, ParameterBuffer updates, LossMeter? losses)
    {
        var delta = pass.WeightedOutputError();
        for (var i = pass.OutputLayer; i >= 1; i--)
        {
            LocalUpdate.Outer(updates.Maps[i - 1], delta, pass.Sent[i - 1]);
            if (i == 1)
                break;
            delta = SendDown(pass.Network, i, delta);
            pass.ToPreActivations(i - 1, delta);
        }
    }

    /// <summary>The error that layer i − 1 receives from δ_i, <c>[batch, units]</c>.</summary>
    protected abstract Tensor SendDown(TargetPropNetwork network, int i, Tensor delta);
}
