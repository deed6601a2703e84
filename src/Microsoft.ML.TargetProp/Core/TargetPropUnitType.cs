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
