namespace Microsoft.ML.TargetProp;

/// <summary>What the numbers of a visible column are.</summary>
internal enum TargetPropVisibleUnits
{
    /// <summary>Real numbers in [0, 1], such as pixels; generated through the logistic function.</summary>
    Logistic = 0,

    /// <summary>Unbounded real numbers, standardised with the mean and spread of the training rows.</summary>
    Gaussian = 1,
}
