namespace Microsoft.ML.TargetProp;

/// <summary>What the numbers of a slot are to a generative model.</summary>
public enum TargetPropVisibleUnits
{
    /// <summary>Real numbers in [0, 1], such as pixels and flags; generated through the logistic function.</summary>
    Logistic = 0,

    /// <summary>Unbounded real numbers, standardised with the mean and standard deviation of the training rows.</summary>
    Gaussian = 1,
}
