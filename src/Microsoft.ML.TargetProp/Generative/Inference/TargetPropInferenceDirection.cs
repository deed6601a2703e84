namespace Microsoft.ML.TargetProp;

/// <summary>What moves a hidden layer, in inference, to explain the layer below it.</summary>
public enum TargetPropInferenceDirection
{
    /// <summary>f_k(h_{k−1}) − f_k(g_k(h_k)), the estimator of difference target propagation: no derivative is taken.</summary>
    Estimator = 0,

    /// <summary>The gradient that the estimator stands for, by the derivative of g_k. There to compare with.</summary>
    Gradient = 1,
}
