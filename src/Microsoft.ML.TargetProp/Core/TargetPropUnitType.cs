namespace Microsoft.ML.TargetProp;

/// <summary>
/// What the units of a hidden layer send to the hidden layer above and into their feedback map. The output layer reads the activities h
/// of the last hidden layer themselves.
/// </summary>
/// <remarks>
/// Target propagation needs no derivative of what is sent: each layer moves its activities h = φ(W sent + b), which are smooth, towards a
/// target (Lee, Zhang, Fischer and Bengio 2015, sections 3.2 and 3.3). Back-propagation has none to use: the derivative of a step is zero.
/// </remarks>
public enum TargetPropUnitType
{
    /// <summary>The activity itself; the default.</summary>
    Continuous = 0,

    /// <summary>Its sign: 1 where h is above 0, −1 elsewhere. h is a hyperbolic tangent.</summary>
    Sign = 1,

    /// <summary>1 where h is above 0, 0 elsewhere. h is a hyperbolic tangent.</summary>
    Step = 2,

    /// <summary>
    /// The nearest of k evenly spaced levels from −1 to 1 (the option <c>QuantizationLevels</c>), the lower one of two that are equally near.
    /// h is a hyperbolic tangent. Two levels are <see cref="Sign"/>.
    /// </summary>
    Quantized = 3,

    /// <summary>
    /// 1 with probability h, else 0; h is a logistic sigmoid. Predictions average several passes (the option <c>PredictionPasses</c>).
    /// </summary>
    Stochastic = 4,
}
