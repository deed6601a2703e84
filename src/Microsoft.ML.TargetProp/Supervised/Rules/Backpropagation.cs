using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Back-propagation of the error, built from the same parts as the local rules: the reference for accuracy, direction and speed.</summary>
internal class Backpropagation : ErrorPropagation
{
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => [];

    protected override string? RefusalOf(TargetPropFeedbackLearning feedback) =>
        feedback == TargetPropFeedbackLearning.None ? null : "it has no feedback maps";

    /// <summary>W_iᵀ δ_i with δ_i = φ′(a_i) ⊙ e_i, docs/algorithm.md (4.1).</summary>
    protected override Tensor SendDown(TargetPropNetwork network, int i, Tensor delta) => delta.mm(network.Forward[i - 1].Weight);
}

/// <summary>
/// The straight-through estimator (Bengio, Léonard and Courville 2013): back-propagation that takes the signal of a unit for its activity wherever
/// it needs a derivative. Target propagation is compared with it where units are not continuous.
/// </summary>
internal sealed class StraightThrough : Backpropagation
{
    public override bool Allows(TargetPropUnitType units) => units != TargetPropUnitType.Continuous;
}
