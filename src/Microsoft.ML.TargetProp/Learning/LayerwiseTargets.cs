using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Rules that give the last hidden layer a target and hand targets down from layer to layer; every hidden layer takes one step of its
/// own towards its target, and the output layer one on L.
/// </summary>
internal abstract class LayerwiseTargets : ICreditAssignment
{
    public abstract IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape);

    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, ParameterBuffer updates, LossSink? losses)
    {
        var last = pass.OutputLayer - 1;
        LocalUpdate.Output(updates.Maps[last], pass.OutputError, pass.Sent[last], pass.Batch.Weights);

        var target = TargetOfLastHidden(network, pass);
        for (var i = last; i >= 1; i--)
        {
            using var reached = pass.WhereSent(target, i);
            LocalUpdate.TowardsTarget(network, pass, i, reached, updates, losses);
            if (i > 1)
                target = TargetBelow(network, pass, i, reached);
        }
    }

    /// <summary>t_{M−1}.</summary>
    protected abstract Tensor TargetOfLastHidden(TargetPropNetwork network, ForwardPass pass);

    /// <summary>t_{i−1}, given t_i.</summary>
    protected abstract Tensor TargetBelow(TargetPropNetwork network, ForwardPass pass, int i, Tensor target);
}
