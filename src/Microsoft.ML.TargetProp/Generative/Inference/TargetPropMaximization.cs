namespace Microsoft.ML.TargetProp;

/// <summary>What the maps of a generative model learn from, once a mini-batch is inferred.</summary>
public enum TargetPropMaximization
{
    /// <summary>The values at the end of inference, as denoising auto-encoders do.</summary>
    FinalValues = 0,

    /// <summary>
    /// The changes along the way there: activity of the layer that a map reads, times the change of the layer that it writes to, summed over
    /// the iterations. The reading of iterated target propagation by spike-timing-dependent plasticity (Bengio et al. 2015).
    /// </summary>
    Increments = 1,
}
