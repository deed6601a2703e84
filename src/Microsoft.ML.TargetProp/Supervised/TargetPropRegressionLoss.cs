namespace Microsoft.ML.TargetProp;

/// <summary>
/// The loss that a regression lowers. It decides what <c>Score</c> estimates. The numbers are equations of docs/algorithm.md, where d is the
/// prediction less the label, both standardised.
/// </summary>
public enum TargetPropRegressionLoss
{
    /// <summary>½ d² (13.2): <c>Score</c> estimates the mean of the label.</summary>
    Squared = 0,

    /// <summary>|d| (13.3): <c>Score</c> estimates the median of the label. Rows far from the others pull on it no more than the others do.</summary>
    Absolute = 1,

    /// <summary>
    /// ½ d² up to a width δ and δ (|d| − δ / 2) beyond it (13.4; Huber 1964): the mean, with bounded influence of rows that are far from the prediction.
    /// </summary>
    Huber = 2,
}
