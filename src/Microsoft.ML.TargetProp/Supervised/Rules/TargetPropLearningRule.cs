namespace Microsoft.ML.TargetProp;

/// <summary>How the layers of a network learn what to change: the rule of credit assignment. The numbers are equations of docs/algorithm.md.</summary>
/// <remarks>
/// h_i are the activities of layer i = 1 … M, a_i its pre-activations, t_i its target, f_i the forward map into it, g_i the feedback map out of
/// it, and p − y the error of the output. <see cref="TargetPropFeedbackLearning"/> says how feedback maps learn.
/// </remarks>
public enum TargetPropLearningRule
{
    /// <summary>
    /// Difference target propagation (Lee, Zhang, Fischer and Bengio 2015): targets travel down learned feedback maps,
    /// t_{i−1} = h_{i−1} − g_i(h_i) + g_i(t_i) (2.2), and each layer takes a step towards its own target. No gradient passes through more than one
    /// layer.
    /// </summary>
    DifferenceTargetPropagation = 0,

    /// <summary>Back-propagation of the error (4.1), for comparison.</summary>
    Backpropagation = 1,

    /// <summary>
    /// Target propagation as first proposed (Bengio 2014): t_{i−1} = g_i(t_i) (4.2). The error of reconstruction of g_i becomes part of the target; the
    /// difference correction removes it.
    /// </summary>
    TargetPropagation = 2,

    /// <summary>
    /// Difference target propagation that starts at the logits, t_M = a_M − η0 (p − y), and goes down linear feedback maps g_M … g_2 (4.3). By default
    /// they learn with the local difference reconstruction loss (L-DRL; Ernoult et al. 2022), and so to carry errors as back-propagation does.
    /// </summary>
    DifferenceTargetPropagationFromLogits = 3,

    /// <summary>
    /// Direct difference target propagation with linear feedback (Meulemans et al. 2020): each hidden layer has its own feedback map from the output,
    /// t_i = h_i − g_i(a_M) + g_i(t_M) (4.4).
    /// </summary>
    DirectDifferenceTargetPropagation = 4,

    /// <summary>
    /// Fixed-weight difference target propagation (Shibuya et al. 2023): feedback weights B_i never learn, and batch normalisation keeps targets in
    /// the range of activities: h_i = BN(φ(W_i h_{i−1} + b_i)), g_i(h) = BN(φ(B_i h)), t_{i−1} = BN(h_{i−1} − g_i(h_i) + g_i(t_i)) (4.5). It needs
    /// mini-batches of 2 rows or more.
    /// </summary>
    FixedWeightDifferenceTargetPropagation = 5,

    /// <summary>
    /// Feedback alignment (Lillicrap et al. 2016): back-propagation with fixed random matrices in place of the transposed weights,
    /// e_{i−1} = B_i (φ′(a_i) ⊙ e_i) (4.6).
    /// </summary>
    FeedbackAlignment = 6,

    /// <summary>
    /// Direct feedback alignment (Nøkland 2016): each hidden layer receives the error of the output through its own fixed random matrix,
    /// e_i = B_i (p − y) (4.7).
    /// </summary>
    DirectFeedbackAlignment = 7,

    /// <summary>
    /// Back-propagation with the straight-through estimator (Bengio, Léonard and Courville 2013): where a derivative is needed, it takes the sent
    /// value for the activity. For comparison with target propagation where <c>UnitType</c> is not continuous.
    /// </summary>
    StraightThrough = 8,
}
