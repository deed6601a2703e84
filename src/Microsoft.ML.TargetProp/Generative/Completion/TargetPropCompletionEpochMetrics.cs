namespace Microsoft.ML.TargetProp;

/// <summary>Metrics of one epoch of the completion maps' training; see the option <c>Completion.EpochCallback</c>.</summary>
public sealed class TargetPropCompletionEpochMetrics
{
    internal TargetPropCompletionEpochMetrics(int epoch, int maxEpochs, double error, double? validationError, TimeSpan elapsed)
    {
        Epoch = epoch;
        MaxEpochs = maxEpochs;
        Error = error;
        ValidationError = validationError;
        Elapsed = elapsed;
    }

    /// <summary>The epoch that has just ended, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Most epochs of the training; it may stop earlier.</summary>
    public int MaxEpochs { get; }

    /// <summary>
    /// Mean squared error of the completed entries that were masked in the training rows, in standardised units. Each mini-batch is measured before
    /// its own update.
    /// </summary>
    public double Error { get; }

    /// <summary>The same for the first 2,000 validation rows, after the epoch; the same entries in every epoch. Null without validation rows.</summary>
    public double? ValidationError { get; }

    /// <summary>Time since the training of these maps began.</summary>
    public TimeSpan Elapsed { get; }
}
