using TorchSharp;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Direct difference target propagation with linear feedback (Meulemans et al. 2020, arXiv 2006.14331): targets go from the output
/// straight to every hidden layer.
/// </summary>
/// <param name="targetStep">η0 of the output's target, per row.</param>
internal sealed class DirectDifferenceTargetPropagation(double targetStep) : ICreditAssignment
{
    /// <summary>g_1 to g_{M−1}, each from the output, linear.</summary>
    public IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.LinearDirectDown();

    /// <summary>
    /// t_i = h_i − g_i(h_M) + g_i(t_M) with t_M = a_M − η0 (p − y) (algorithms, §2): for a linear g_i, t_i = h_i − η0 Q_i (p − y).
    /// </summary>
    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, ParameterBuffer updates, LossMeter? losses)
    {
        LocalUpdate.Output(updates.Maps[^1], pass.OutputError, pass.Sent[^1], pass.Batch.Weights);
        using var step = pass.OutputError.Times(-targetStep);
        for (var i = 1; i < pass.OutputLayer; i++)
        {
            using var target = pass.WhereSent(step.mm(network.Feedback[i - 1].WeightTransposed).AddInPlace(pass.Activities[i]), i);
            LocalUpdate.TowardsTarget(network, pass, i, target, updates, losses);
        }
    }
}
