namespace Microsoft.ML.TargetProp;

/// <summary>What was measured in one epoch of training a generative model; see the option <c>EpochCallback</c>.</summary>
public sealed class TargetPropGenerativeEpochMetrics
{
    internal TargetPropGenerativeEpochMetrics(int epoch, int maxEpochs, double reconstructionError, double? validationError, TimeSpan elapsed)
    {
        Epoch = epoch;
        MaxEpochs = maxEpochs;
        ReconstructionError = reconstructionError;
        ValidationError = validationError;
        Elapsed = elapsed;
    }

    /// <summary>The epoch that has just ended, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The epochs that training will take unless it stops early.</summary>
    public int MaxEpochs { get; }

    /// <summary>
    /// Mean, over the observed entries of the training rows, of the squared error of what the lowest hidden layer generates after inference, in
    /// standardised units; of every fourth mini-batch, before its own update.
    /// </summary>
    public double ReconstructionError { get; }

    /// <summary>
    /// Mean squared error, in standardised units, of the expected values of a random quarter of the validation rows' observed entries, hidden
    /// from the model and completed after the epoch; the same entries in every epoch. It measures the layers' own maps, which
    /// the epochs train, and not the maps of the option <c>CompletionEpochs</c>, which are trained afterwards and complete rows far better. Null
    /// without validation rows.
    /// </summary>
    public double? ValidationError { get; }

    /// <summary>Time since training began.</summary>
    public TimeSpan Elapsed { get; }
}
