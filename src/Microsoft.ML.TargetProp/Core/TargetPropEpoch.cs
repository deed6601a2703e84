namespace Microsoft.ML.TargetProp;

/// <summary>What the metrics of an epoch have in common, whatever is trained.</summary>
public abstract class TargetPropEpoch
{
    private protected TargetPropEpoch(in EpochEnd end) => (Epoch, MaxEpochs, Elapsed) = (end.Epoch, end.MaxEpochs, end.Elapsed);

    /// <summary>The epoch that has just ended, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Most epochs of the training; it may stop earlier.</summary>
    public int MaxEpochs { get; }

    /// <summary>Time since training began.</summary>
    public TimeSpan Elapsed { get; }
}
