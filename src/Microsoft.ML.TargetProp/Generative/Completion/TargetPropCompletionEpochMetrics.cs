namespace Microsoft.ML.TargetProp;

/// <summary>What was measured in one epoch of the maps that complete rows; see the option <c>CompletionEpochCallback</c>.</summary>
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

    /// <summary>The epochs that training will take unless it stops early.</summary>
    public int MaxEpochs { get; }

    /// <summary>
    /// Mean, over the entries that were taken away from the training rows, of the squared error of what was filled in, in standardised units; each
    /// mini-batch before its own update.
    /// </summary>
    public double Error { get; }

    /// <summary>The same for validation rows, at most 2,000, after the epoch; the same entries in every epoch. Null without validation rows.</summary>
    public double? ValidationError { get; }

    /// <summary>Time since the training of these maps began.</summary>
    public TimeSpan Elapsed { get; }
}
