namespace Microsoft.ML.TargetProp;

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
