namespace Microsoft.ML.TargetProp;

/// <summary>Metrics of one epoch of a generative model's training; see the option <c>EpochCallback</c>.</summary>
public sealed class TargetPropGenerativeEpochMetrics : TargetPropEpoch
{
    internal TargetPropGenerativeEpochMetrics(in EpochEnd end, double reconstructionError, double? validationError)
        : base(end) => (ReconstructionError, ValidationError) = (reconstructionError, validationError);

    /// <summary>
    /// Mean squared error of the rows that the lowest hidden layer generates after inference, over the observed entries, in standardised units.
    /// Measured on every fourth mini-batch, before its own update.
    /// </summary>
    public double ReconstructionError { get; }

    /// <summary>
    /// Mean squared error of completed validation rows, in standardised units: a random quarter of their observed entries is masked and
    /// completed after the epoch, the same entries in every epoch. This measures the maps of the layers. It does not measure the completion
    /// maps, which are trained afterwards and complete rows far better. Null without validation rows.
    /// </summary>
    public double? ValidationError { get; }
}

/// <summary>Metrics of one epoch of the completion maps' training; see the option <c>Completion.EpochCallback</c>.</summary>
public sealed class TargetPropCompletionEpochMetrics : TargetPropEpoch
{
    internal TargetPropCompletionEpochMetrics(in EpochEnd end, double error, double? validationError)
        : base(end) => (Error, ValidationError) = (error, validationError);

    /// <summary>
    /// Mean squared error of the completed entries that were masked in the training rows, in standardised units. Each mini-batch is measured before
    /// its own update.
    /// </summary>
    public double Error { get; }

    /// <summary>The same for the first 2,000 validation rows, after the epoch; the same entries in every epoch. Null without validation rows.</summary>
    public double? ValidationError { get; }
}
