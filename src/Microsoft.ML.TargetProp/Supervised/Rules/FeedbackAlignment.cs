using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Feedback alignment (Lillicrap et al. 2016): back-propagation with fixed random matrices B_i in place of the transposed weights.</summary>
internal sealed class FeedbackAlignment : ErrorPropagation
{
    protected override RuleDefaults Defaults => new() { Rate = 0.7 };

    /// <summary>B_2 to B_M, linear.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.LinearChainDown();

    protected override string? RefusalOf(TargetPropFeedbackLearning feedback) => RefusalOfFixedFeedback(feedback);

    /// <summary>e_{i−1} = B_i (φ′(a_i) ⊙ e_i), docs/algorithm.md (4.6).</summary>
    protected override Tensor SendDown(TargetPropNetwork network, int i, Tensor delta) => delta.mm(network.Feedback[i - 2].WeightTransposed);
}
