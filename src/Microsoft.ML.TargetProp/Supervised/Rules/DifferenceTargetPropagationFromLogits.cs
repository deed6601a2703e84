using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Difference target propagation from the logits down linear feedback maps (Ernoult et al. 2022, arXiv 2201.13415): with feedback that
/// has learned f′ᵀ, targets carry the directions of back-propagation.
/// </summary>
/// <param name="targetStep">η0 of the output's target, per row.</param>
internal sealed class DifferenceTargetPropagationFromLogits(double targetStep) : LayerwiseTargets
{
    /// <summary>g_2 to g_M, linear.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.LinearChainDown();

    /// <summary>t_{M−1} from t_M = a_M − η0 (p − y) (algorithms, §2).</summary>
    protected override Tensor TargetOfLastHidden(TargetPropNetwork network, ForwardPass pass) =>
        pass.OutputError.mm(network.Feedback[^1].WeightTransposed).ScaleInPlace(-targetStep).AddInPlace(pass.Activities[pass.OutputLayer - 1]);

    /// <summary>t_{i−1} = h_{i−1} − g_i(h_i) + g_i(t_i) = h_{i−1} + B_i (t_i − h_i) for a linear g_i (algorithms, §1 step 3).</summary>
    protected override Tensor TargetBelow(TargetPropNetwork network, ForwardPass pass, int i, Tensor target)
    {
        using var step = target.sub(pass.Activities[i]);
        return step.mm(network.Feedback[i - 2].WeightTransposed).AddInPlace(pass.Activities[i - 1]);
    }
}
