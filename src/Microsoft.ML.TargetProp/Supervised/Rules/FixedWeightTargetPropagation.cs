using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Fixed-weight difference target propagation (Shibuya et al. 2023, arXiv 2212.10352): feedback weights stay as they were drawn; batch
/// normalisation, of the forward net as well, keeps targets on the scale of activities.
/// </summary>
/// <param name="targetStep">η0 of the output's target, per row.</param>
internal sealed class FixedWeightTargetPropagation(double targetStep) : LayerwiseTargets
{
    /// <summary>g_2 to g_M.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.ChainDown(shape.OutputLayer);

    /// <summary>t_{M−1} from t_M = a_M − η0 (p − y) (algorithms, §2).</summary>
    protected override Tensor TargetOfLastHidden(TargetPropNetwork network, ForwardPass pass)
    {
        using var target = pass.OutputError.Times(-targetStep).AddInPlace(pass.Activities[pass.OutputLayer]);
        return TargetBelow(network, pass, pass.OutputLayer, target);
    }

    /// <summary>t_{i−1} = BN(h_{i−1} − g_i(h_i) + g_i(t_i)) with g_i(h) = BN(φ(B_i h)) (algorithms, §2).</summary>
    protected override Tensor TargetBelow(TargetPropNetwork network, ForwardPass pass, int i, Tensor target)
    {
        var feedback = network.Feedback[i - 2];
        var guess = BatchNormalization.Normalize(feedback.Apply(target)).Output;
        var reconstruction = BatchNormalization.Normalize(feedback.Apply(pass.Activities[i])).Output;
        return BatchNormalization.Normalize(guess.sub_(reconstruction).AddInPlace(pass.Activities[i - 1])).Output;
    }
}
