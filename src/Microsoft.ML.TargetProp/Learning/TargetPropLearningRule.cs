namespace Microsoft.ML.TargetProp;

/// <summary>How the layers of a network learn what to change: the credit assignment rule.</summary>
public enum TargetPropLearningRule
{
    /// <summary>
    /// Difference target propagation (Lee, Zhang, Fischer and Bengio 2015): targets travel down learned feedback maps,
    /// t_{i-1} = h_{i-1} − g_i(h_i) + g_i(t_i), and every layer takes a step towards its own target. No gradient passes
    /// through more than one layer.
    /// </summary>
    DifferenceTargetPropagation = 0,

    /// <summary>Back-propagation of the error: the reference to compare with.</summary>
    Backpropagation = 1,
}
