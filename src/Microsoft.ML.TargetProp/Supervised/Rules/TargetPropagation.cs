using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Target propagation without the difference correction (Bengio 2014, arXiv 1407.7906): the target of a layer is the feedback map of the target
/// above.
/// </summary>
internal sealed class TargetPropagation : LayerwiseTargets
{
    public override TargetPropFeedbackLearning PublishedFeedback => TargetPropFeedbackLearning.Reconstruction;

    /// <summary>The target step is large, because only far targets outweigh the reconstruction error of the feedback maps.</summary>
    protected override RuleDefaults Defaults => new() { TargetStep = 10, FeedbackRate = 1 };

    public override bool Allows(TargetPropUnitType units) => units != TargetPropUnitType.Stochastic;

    /// <summary>g_2 to g_{M−1}.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.ChainDown(shape.OutputLayer - 1);

    protected override string? RefusalOf(TargetPropFeedbackLearning feedback) => feedback == TargetPropFeedbackLearning.Reconstruction ? null
        : "its targets are values of the feedback maps, so feedback must learn to reconstruct values; the other losses train only how those values change";

    /// <summary>t_{M−1} as in difference target propagation.</summary>
    protected override Tensor TargetOfLastHidden(ForwardPass pass, double targetStep) => DifferenceTargetPropagation.FirstTarget(pass, targetStep);

    /// <summary>t_{i−1} = g_i(t_i), docs/algorithm.md (4.2).</summary>
    protected override Tensor TargetBelow(ForwardPass pass, int i, Tensor target) => pass.Feedback[i - 2].Apply(pass.Signal.IntoFeedback(target));
}
