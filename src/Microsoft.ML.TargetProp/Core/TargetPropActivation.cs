namespace Microsoft.ML.TargetProp;

/// <summary>The activation function of the hidden units, φ in h = φ(W h + b).</summary>
/// <remarks>
/// Difference target propagation needs a feedback map whose outputs can reach every activity of the layer below; the
/// feedback map of a layer therefore has the activation of the layer that it reconstructs. See the option
/// <c>Activation</c> of the trainers for how they compare.
/// </remarks>
public enum TargetPropActivation
{
    /// <summary>Hyperbolic tangent, in (−1, 1). The activation of the published experiments, and the default.</summary>
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
