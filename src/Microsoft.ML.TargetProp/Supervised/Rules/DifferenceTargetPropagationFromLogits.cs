using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Difference target propagation from the logits down linear feedback maps (Ernoult et al. 2022, arXiv 2201.13415). Once feedback has learned f′ᵀ,
/// targets carry the directions of back-propagation.
/// </summary>
internal sealed class DifferenceTargetPropagationFromLogits : LayerwiseTargets
{
    public override TargetPropFeedbackLearning PublishedFeedback => TargetPropFeedbackLearning.LocalDifferenceReconstruction;

    protected override RuleDefaults Defaults => new() { Rate = 0.6 };

    /// <summary>g_2 to g_M, linear.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.LinearChainDown();

    /// <summary>t_{M−1} from t_M = a_M − η0 (p − y), docs/algorithm.md (4.3).</summary>
    protected override Tensor TargetOfLastHidden(ForwardPass pass, double targetStep) =>
        pass.OutputError.mm(pass.Feedback[^1].WeightTransposed).ScaleInPlace(-targetStep).AddInPlace(pass.Activities[pass.OutputLayer - 1]);

    /// <summary>t_{i−1} = h_{i−1} + B_i (t_i − h_i), docs/algorithm.md (4.3): the difference correction for a linear g_i.</summary>
    protected override Tensor TargetBelow(ForwardPass pass, int i, Tensor target)
    {
        using var step = target.sub(pass.Activities[i]);
        return step.mm(pass.Feedback[i - 2].WeightTransposed).AddInPlace(pass.Activities[i - 1]);
    }
}
