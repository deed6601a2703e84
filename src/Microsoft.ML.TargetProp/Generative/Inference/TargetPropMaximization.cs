namespace Microsoft.ML.TargetProp;

/// <summary>What the maps of a generative model learn from after the inference of a mini-batch.</summary>
public enum TargetPropMaximization
{
    /// <summary>The values at the end of inference, as denoising auto-encoders learn.</summary>
    FinalValues = 0,

    /// <summary>
    /// The changes during inference: the activity of the layer that a map reads, times the change of the layer that it writes to, summed over the
    /// iterations. This is the reading of iterated target propagation as spike-timing-dependent plasticity (Bengio et al. 2015).
    /// </summary>
    Increments = 1,
}
