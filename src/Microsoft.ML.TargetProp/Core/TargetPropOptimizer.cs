namespace Microsoft.ML.TargetProp;

/// <summary>How a parameter moves along its update direction.</summary>
public enum TargetPropOptimizer
{
    /// <summary>Adam (Kingma and Ba 2015) with β₁ = 0.9, β₂ = 0.999, ε = 1e-8, and decoupled weight decay.</summary>
    Adam = 0,

    /// <summary>
    /// Centred RMSprop (Graves 2013), the optimiser of the published experiments: averaging 0.95, momentum 0.9 and
    /// stabiliser 0.001 inside the root. Set the learning rates with it: the defaults are meant for Adam (published: 0.01489 forward, 0.00501 feedback).
    /// </summary>
    RmsProp = 1,
}
