using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Fixed-weight difference target propagation (Shibuya et al. 2023, arXiv 2212.10352): feedback weights stay as they were drawn. Batch
/// normalisation, in the forward network too, keeps targets on the scale of activities.
/// </summary>
internal sealed class FixedWeightDifferenceTargetPropagation : LayerwiseTargets
{
    protected override RuleDefaults Defaults => new() { Rate = 1.2 };

    public override bool NormalizesLayers => true;

    /// <summary>g_2 to g_M.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.ChainDown(shape.OutputLayer);

    protected override string? RefusalOf(TargetPropFeedbackLearning feedback) => RefusalOfFixedFeedback(feedback);

    /// <summary>t_{M−1} from t_M = a_M − η0 (p − y).</summary>
    protected override Tensor TargetOfLastHidden(ForwardPass pass, double targetStep)
    {
        using var target = pass.OutputError.Times(-targetStep).AddInPlace(pass.Activities[pass.OutputLayer]);
        return TargetBelow(pass, pass.OutputLayer, target);
    }

    /// <summary>t_{i−1} = BN(h_{i−1} − g_i(h_i) + g_i(t_i)) with g_i(h) = BN(φ(B_i h)), docs/algorithm.md (4.5).</summary>
    protected override Tensor TargetBelow(ForwardPass pass, int i, Tensor target)
    {
        var feedback = pass.Feedback[i - 2];
        var guess = BatchNormalization.Normalize(feedback.Apply(target)).Output;
        var reconstruction = BatchNormalization.Normalize(feedback.Apply(pass.Activities[i])).Output;
        return BatchNormalization.Normalize(guess.sub_(reconstruction).AddInPlace(pass.Activities[i - 1])).Output;
    }
}
