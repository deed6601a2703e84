using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp;

/// <summary>How the layers of a network learn what to change: the credit assignment rule.</summary>
/// <remarks>
/// h_i are the activities of layer i = 1 … M, a_i its pre-activations, t_i its target, f_i the forward map into it, g_i the feedback map
/// out of it, p − y the error of the output. How trained feedback maps learn is a choice of its own, <see cref="TargetPropFeedbackLearning"/>.
/// </remarks>
public enum TargetPropLearningRule
{
    /// <summary>
    /// Difference target propagation (Lee, Zhang, Fischer and Bengio 2015): targets travel down learned feedback maps,
    /// t_{i-1} = h_{i-1} − g_i(h_i) + g_i(t_i), and every layer takes a step towards its own target. No gradient passes
    /// through more than one layer.
    /// </summary>
    DifferenceTargetPropagation = 0,

    /// <summary>Back-propagation of the error: the reference to compare with.</summary>
    Backpropagation = 1,

    /// <summary>
    /// Target propagation as first proposed (Bengio 2014): t_{i-1} = g_i(t_i). What g_i fails to reconstruct becomes part of the target,
    /// which is what the difference correction removes.
    /// </summary>
    TargetPropagation = 2,

    /// <summary>
    /// Difference target propagation that starts at the logits, t_M = a_M − η0 (p − y), and goes down linear feedback maps g_M … g_2. With
    /// the local difference reconstruction loss (L-DRL; Ernoult et al. 2022), the default here, these learn to carry errors as
    /// back-propagation does.
    /// </summary>
    DifferenceTargetPropagationFromLogits = 3,

    /// <summary>
    /// Direct difference target propagation with linear feedback (Meulemans et al. 2020): every hidden layer has a feedback map from the
    /// output of its own, t_i = h_i − g_i(h_M) + g_i(t_M).
    /// </summary>
    DirectDifferenceTargetPropagation = 4,

    /// <summary>
    /// Fixed-weight difference target propagation (Shibuya et al. 2023): feedback weights B_i never learn; batch normalisation keeps
    /// targets where activities are: h_i = BN(φ(W_i h_{i-1} + b_i)), g_i(h) = BN(φ(B_i h)), t_{i-1} = BN(h_{i-1} − g_i(h_i) + g_i(t_i)).
    /// Needs mini-batches of 2 rows or more.
    /// </summary>
    FixedWeightDifferenceTargetPropagation = 5,

    /// <summary>
    /// Feedback alignment (Lillicrap et al. 2016): back-propagation with fixed random matrices in place of the transposed weights,
    /// e_{i-1} = B_i (φ′(a_i) ⊙ e_i).
    /// </summary>
    FeedbackAlignment = 6,

    /// <summary>Direct feedback alignment (Nøkland 2016): every hidden layer receives the output's error through a fixed random matrix of its own, e_i = B_i (p − y).</summary>
    DirectFeedbackAlignment = 7,

    /// <summary>
    /// Back-propagation that takes what a unit sends for its activity wherever a derivative is needed, the straight-through estimator
    /// (Bengio, Léonard and Courville 2013): what target propagation is compared with where <c>Units</c> are not continuous.
    /// </summary>
    StraightThrough = 8,
}
