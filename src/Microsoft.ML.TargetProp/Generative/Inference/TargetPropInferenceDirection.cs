namespace Microsoft.ML.TargetProp;

/// <summary>The direction in which inference moves a hidden layer so that it explains the layer below.</summary>
public enum TargetPropInferenceDirection
{
    /// <summary>f_k(h_{k−1}) − f_k(g_k(h_k)), the estimator of difference target propagation. It needs no derivative.</summary>
    Estimator = 0,

    /// <summary>The gradient that the estimator approximates, computed with the derivative of g_k. For comparison.</summary>
    Gradient = 1,
}
