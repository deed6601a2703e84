using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Target propagation without the difference correction (Bengio 2014, arXiv 1407.7906): the target of a layer is what feedback makes of
/// the target above.
/// </summary>
/// <param name="targetStep">η0 of the first target, per row.</param>
internal sealed class TargetPropagation(double targetStep) : LayerwiseTargets
{
    /// <summary>g_2 to g_{M−1}.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.ChainDown(shape.OutputLayer - 1);

    /// <summary>t_{M−1} = h_{M−1} − η0 ∂L/∂h_{M−1} (algorithms, §1 step 2).</summary>
    protected override Tensor TargetOfLastHidden(TargetPropNetwork network, ForwardPass pass) =>
        DifferenceTargetPropagation.FirstTarget(network, pass, targetStep);

    /// <summary>t_{i−1} = g_i(t_i) (algorithms, §1 step 3).</summary>
    protected override Tensor TargetBelow(TargetPropNetwork network, ForwardPass pass, int i, Tensor target) => 
        network.Feedback[i - 2].Apply(network.Shape.Signal.IntoFeedback(target));
}
