using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Feedback alignment (Lillicrap et al. 2016): back-propagation in which fixed random matrices B_i stand in for the transposed weights.
/// </summary>
internal sealed class FeedbackAlignment : ErrorPropagation
{
    /// <summary>B_2 to B_M, linear.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.LinearChainDown();

    /// <summary>e_{i−1} = B_i (φ′(a_i) ⊙ e_i) (algorithms, §1 step 3).</summary>
    protected override Tensor SendDown(TargetPropNetwork network, int i, Tensor delta) => delta.mm(network.Feedback[i - 2].WeightTransposed);
}
