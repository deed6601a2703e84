namespace Microsoft.ML.TargetProp;

/// <summary>The kind of numbers that a slot holds for a generative model.</summary>
public enum TargetPropVisibleUnits
{
    /// <summary>Real numbers in [0, 1], such as pixels and flags. The model generates them through the logistic function.</summary>
    Logistic = 0,

    /// <summary>Unbounded real numbers. The model standardises them with the mean and standard deviation of the training rows.</summary>
    Gaussian = 1,
}
