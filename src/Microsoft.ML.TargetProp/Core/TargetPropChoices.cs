namespace Microsoft.ML.TargetProp;

/// <summary>The activation function of the hidden units, φ in h = φ(W h + b).</summary>
/// <remarks>
/// The outputs of a feedback map must be able to reach every activity of the layer below. Under difference target propagation, a feedback map
/// therefore has the activation of the layer that it reconstructs. docs/algorithm.md compares the functions.
/// </remarks>
public enum TargetPropActivation
{
    /// <summary>Hyperbolic tangent, in (−1, 1). The activation of the published experiments.</summary>
    Tanh = 0,

    /// <summary>Logistic sigmoid, in (0, 1).</summary>
    Sigmoid = 1,

    /// <summary>Rectifier, max(0, a).</summary>
    Relu = 2,

    /// <summary>Rectifier that keeps 1 % of a negative input: a for a &gt; 0, 0.01 a otherwise.</summary>
    LeakyRelu = 3,

    /// <summary>Exponential linear unit: a for a &gt; 0, exp(a) − 1 otherwise.</summary>
    Elu = 4,
}

/// <summary>
/// The value that a hidden unit sends to the next hidden layer and to its feedback map (docs/algorithm.md (5.1)). The output layer reads the
/// activities h of the last hidden layer themselves.
/// </summary>
/// <remarks>
/// Target propagation needs no derivative of the sent value: each layer moves its smooth activities h = φ(W sent + b) towards a target (Lee,
/// Zhang, Fischer and Bengio 2015, sections 3.2 and 3.3). Back-propagation needs one, and the derivative of a step is 0.
/// </remarks>
public enum TargetPropUnitType
{
    /// <summary>The activity itself; the default.</summary>
    Continuous = 0,

    /// <summary>The sign of the activity: 1 where h is above 0, −1 elsewhere. h is a hyperbolic tangent.</summary>
    Sign = 1,

    /// <summary>1 where h is above 0, 0 elsewhere. h is a hyperbolic tangent.</summary>
    Step = 2,

    /// <summary>
    /// The nearest of k evenly spaced levels from −1 to 1 (the option <c>QuantizationLevels</c>), and the lower one of two that are equally near.
    /// h is a hyperbolic tangent. Two levels are <see cref="Sign"/>.
    /// </summary>
    Quantized = 3,

    /// <summary>
    /// 1 with probability h, otherwise 0. h is a logistic sigmoid. A prediction averages several passes (the option <c>PredictionPasses</c>).
    /// </summary>
    Stochastic = 4,
}

/// <summary>How a parameter moves along its update direction.</summary>
public enum TargetPropOptimizer
{
    /// <summary>Adam (Kingma and Ba 2015) with β₁ = 0.9, β₂ = 0.999, ε = 1e-8, and decoupled weight decay (docs/algorithm.md (11.1)).</summary>
    Adam = 0,

    /// <summary>
    /// Centred RMSprop (Graves 2013), the optimiser of the published experiments: averaging 0.95, momentum 0.9, and 0.001 inside the root
    /// (docs/algorithm.md (11.2)). It needs its own learning rates, because the defaults are meant for Adam; published are 0.01489 for the forward
    /// maps and 0.00501 for the feedback maps.
    /// </summary>
    RmsProp = 1,
}

/// <summary>How the learning rates change from the first training step to the last.</summary>
public enum TargetPropSchedule
{
    /// <summary>The rates do not change.</summary>
    Constant = 0,

    /// <summary>The rates fall to 0 along half a cosine wave.</summary>
    Cosine = 1,

    /// <summary>The rates fall to 0 along a straight line.</summary>
    Linear = 2,
}

/// <summary>The loss that feedback maps lower, under a learning rule whose feedback maps learn.</summary>
public enum TargetPropFeedbackLearning
{
    /// <summary>
    /// The loss that the learning rule was published with: <see cref="DifferenceReconstruction"/> for direct difference target propagation,
    /// <see cref="LocalDifferenceReconstruction"/> for the rule that starts at the logits, <see cref="Reconstruction"/> for the two other rules
    /// whose feedback learns, and <see cref="None"/> for the rest.
    /// </summary>
    Automatic = 0,

    /// <summary>
    /// A denoising auto-encoder of each layer (Lee et al. 2015): ‖g_i(f_i(h_{i-1} + ε)) − (h_{i-1} + ε)‖², docs/algorithm.md (3.1).
    /// </summary>
    Reconstruction = 1,

    /// <summary>
    /// The difference reconstruction loss, DRL (Meulemans et al. 2020): ‖g(F(h + ε)) − g(F(h)) − ε‖², docs/algorithm.md (3.2). A disturbance ε of a
    /// layer changes the layers above; the feedback map should recover ε from that change. F leads from the layer up to where the map starts. The
    /// loss needs weight decay.
    /// </summary>
    DifferenceReconstruction = 2,

    /// <summary>
    /// The local difference reconstruction loss, L-DRL (Ernoult et al. 2022): −2⟨ε, g(f(h + ε)) − g(f(h))⟩ + ‖g(f(h) + ε′) − g(f(h))‖²,
    /// docs/algorithm.md (3.3). At its minimum, g′ is the transpose of f′ (of its mean over the data for a linear g).
    /// </summary>
    LocalDifferenceReconstruction = 3,

    /// <summary>Feedback maps do not learn; they stay as they were drawn.</summary>
    None = 4,
}

/// <summary>
/// How the columns of the feature vector become inputs of a network. The encoding is learned on the training rows and is part of the model.
/// </summary>
/// <remarks>
/// Under <see cref="PiecewiseLinear"/> and <see cref="Robust"/>, a column that is constant in training is left out, and a column of two values becomes
/// one input of −1 and 1. The formulas are in docs/algorithm.md, section 12.
/// </remarks>
public enum TargetPropFeatureEncoding
{
    /// <summary>
    /// For tables, <see cref="PiecewiseLinear"/> in half of the networks of a model and <see cref="Robust"/> in the other half; from 20,000 training
    /// rows on, <see cref="PiecewiseLinear"/> in all. A table has at most 100 columns of more than two values, at most 1,000 columns in all, and no
    /// more columns than rows. <see cref="Standardize"/> for others, so for pictures. Wide, sparse rows, such as text, are only scaled.
    /// </summary>
    Auto = 0,

    /// <summary>
    /// Each column becomes several inputs, one for each of 8 to 32 pieces between quantiles of the column (Gorishniy et al. 2022, arXiv 2203.05556). The input of
    /// a piece goes from −1 at its lower edge to 1 at its upper edge, and stays there beyond. A network bends such columns more easily, and outliers
    /// have no effect.
    /// </summary>
    PiecewiseLinear = 1,

    /// <summary>
    /// Each column is centred on its median, divided by its interquartile range, and clipped smoothly, z / √(1 + (z / 3)²) (Holzmüller et al. 2024,
    /// arXiv 2407.04491).
    /// </summary>
    Robust = 2,

    /// <summary>
    /// Each column is centred on its mean, divided by its spread, and clamped to ±5. The spread is half the range, but at least one and at most four
    /// standard deviations. Where columns outnumber rows, a column that tells no more about the classes than chance would becomes 0.
    /// </summary>
    Standardize = 3,

    /// <summary>Columns reach the network unchanged.</summary>
    None = 4,
}

/// <summary>How a trainer treats missing values (NaN) among the features.</summary>
public enum TargetPropMissingValues
{
    /// <summary>
    /// A gap is information: a column with gaps in training has one more input, which is 1 where the value is missing and −1 elsewhere. In a column
    /// without gaps in training, a gap at prediction counts as the middle of the column: its median, or its mean when it is standardised.
    /// </summary>
    Encode = 0,

    /// <summary>A gap in training is an error. A row with a gap at prediction scores NaN.</summary>
    Error = 1,
}
