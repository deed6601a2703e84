using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Rules that give the last hidden layer a target and carry targets down from layer to layer. Every hidden layer takes one step towards its own
/// target, and the output layer one step on L.
/// </summary>
internal abstract class LayerwiseTargets : LearningRule
{
    public override void ComputeUpdates(ForwardPass pass, double targetStep, ParameterBuffer updates, LossMeter? losses)
    {
        var last = pass.OutputLayer - 1;
        var targets = new Tensor[last + 1];
        targets[last] = pass.WhereSent(TargetOfLastHidden(pass, targetStep), last);
        for (var i = last; i > 1; i--)
            targets[i - 1] = pass.WhereSent(TargetBelow(pass, i, targets[i]), i - 1);

        // With its target, no layer depends on another layer's update, so they can learn side by side.
        void Learn(int map)
        {
            if (map == last)
                LocalUpdate.Output(updates.Maps[last], pass.OutputError, pass.Sent[last], pass.Batch.Weights);
            else
                LearnTarget(pass, map + 1, targets[map + 1], updates, losses);
        }

        if (losses is null && TensorMemory.IsPlain(updates.Flat) && WorkSharing.IsWorthSharing(pass.Forward))
            OpenMpTeam.Run(updates.Maps.Count, Learn);
        else
            for (var map = last; map >= 0; map--)
                Learn(map);
        for (var i = 1; i <= last; i++)
            targets[i].Dispose();
    }

    /// <summary>t_{M−1}.</summary>
    protected abstract Tensor TargetOfLastHidden(ForwardPass pass, double targetStep);

    /// <summary>t_{i−1}, given t_i.</summary>
    protected abstract Tensor TargetBelow(ForwardPass pass, int i, Tensor target);
}
