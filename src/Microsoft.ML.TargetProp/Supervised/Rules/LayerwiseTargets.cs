using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Rules that give the last hidden layer a target and hand targets down from layer to layer; every hidden layer takes one step of its
/// own towards its target, and the output layer one on L.
/// </summary>
internal abstract class LayerwiseTargets : ICreditAssignment
{
    public abstract IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape);

    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, ParameterBuffer updates, LossMeter? losses)
    {
        var last = pass.OutputLayer - 1;
        var targets = new Tensor[last + 1];
        targets[last] = pass.WhereSent(TargetOfLastHidden(network, pass), last);
        for (var i = last; i > 1; i--)
            targets[i - 1] = pass.WhereSent(TargetBelow(network, pass, i, targets[i]), i - 1);

        // With its target a layer waits for no other: they may learn side by side.
        void Learn(int map)
        {
            if (map == last)
                LocalUpdate.Output(updates.Maps[last], pass.OutputError, pass.Sent[last], pass.Batch.Weights);
            else
                LocalUpdate.TowardsTarget(network, pass, map + 1, targets[map + 1], updates, losses);
        }
        if (losses is null && TensorMemory.IsPlain(updates.Flat) && OpenMpTeam.IsWorthSharing(network.Forward))
            OpenMpTeam.Run(updates.Maps.Count, Learn);
        else
            for (var map = last; map >= 0; map--)
                Learn(map);
        for (var i = 1; i <= last; i++)
            targets[i].Dispose();
    }

    /// <summary>t_{M−1}.</summary>
    protected abstract Tensor TargetOfLastHidden(TargetPropNetwork network, ForwardPass pass);

    /// <summary>t_{i−1}, given t_i.</summary>
    protected abstract Tensor TargetBelow(TargetPropNetwork network, ForwardPass pass, int i, Tensor target);
}
