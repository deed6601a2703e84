namespace Microsoft.ML.TargetProp;

/// <summary>The direction in which inference moves a hidden layer so that it explains the layer below.</summary>
public enum TargetPropInferenceDirection
{
    /// <summary>f_k(h_{k−1}) − f_k(g_k(h_k)), the estimator of difference target propagation. It needs no derivative.</summary>
    Estimator = 0,

    /// <summary>The gradient that the estimator approximates, computed with the derivative of g_k. For comparison.</summary>
    Gradient = 1,
}

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
