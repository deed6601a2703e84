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
