using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Back-propagation of the error, written by hand on the same parts as the local rules: the reference for accuracy, direction
/// and speed. Where units do not send their activities, it is the straight-through estimator: errors arrive at what was sent, and are
/// taken for errors of h.
/// </summary>
internal sealed class Backpropagation : ErrorPropagation
{
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => [];

    /// <summary>δ_{i−1} = φ′(a_{i−1}) ⊙ W_iᵀ δ_i.</summary>
    protected override Tensor SendDown(TargetPropNetwork network, int i, Tensor delta) => delta.mm(network.Forward[i - 1].Weight);
}
