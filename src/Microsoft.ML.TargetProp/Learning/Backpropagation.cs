using TorchSharp;
using Microsoft.ML.TargetProp.Networks;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Back-propagation of the error, written by hand on the same parts as the local rules: the reference for accuracy, direction
/// and speed.
/// </summary>
internal sealed class Backpropagation : ICreditAssignment
{
    public IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => [];

    /// <summary>δ_M = p − y; δ_{i−1} = φ′(a_{i−1}) ⊙ W_iᵀ δ_i; ∂L/∂W_i = δ_i h_{i−1}ᵀ, mean over rows.</summary>
    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, ParameterBuffer updates, LossSink? losses)
    {
        var delta = pass.OutputError.Times(1.0 / pass.Batch.Rows);
        if (pass.Batch.Weights is { } weights)
            delta.mul_(weights);
        for (var i = pass.OutputLayer; i >= 1; i--)
        {
            LocalUpdate.Outer(updates.Maps[i - 1], delta, pass.Sent[i - 1]);
            if (i == 1)
                break;
            delta = delta.mm(network.Forward[i - 1].Weight);
            if (pass.Kept[i - 1] is { } kept)
                delta.mul_(kept);
            network.Forward[i - 2].Activation.MultiplyByDerivative(delta, pass.Activities[i - 1]);
        }
    }
}
