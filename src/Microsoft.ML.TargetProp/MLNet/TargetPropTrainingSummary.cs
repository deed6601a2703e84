using Microsoft.ML.TargetProp.MLNet;

namespace Microsoft.ML.TargetProp;

/// <summary>What the summaries of all trainings have in common; stored in the model.</summary>
public abstract class TargetPropTrainingSummaryBase
{
    private protected TargetPropTrainingSummaryBase() { }

    /// <summary>Fills in the run.</summary>
    /// <param name="outcome">The epochs.</param>
    /// <param name="batchSize">Rows of a mini-batch.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="rows">Number of training rows.</param>
    /// <returns>The metrics of the best epoch.</returns>
    internal TEpoch Describe<TEpoch>(TrainingOutcome<TEpoch> outcome, int batchSize, int seed, long rows)
    {
        (Epochs, BestEpoch, TrainingRows, BatchSize, Seed) = (outcome.Epochs.Count, outcome.BestEpoch, rows, batchSize, seed);
        return outcome.Epochs[outcome.BestEpoch - 1];
    }

    /// <summary>Epochs that were run.</summary>
    public int Epochs { get; internal set; }

    /// <summary>The epoch that the model is from: the last, or the best on the validation rows with early stopping.</summary>
    public int BestEpoch { get; internal set; }

    /// <summary>Number of training rows.</summary>
    public long TrainingRows { get; internal set; }

    /// <summary>Rows of a mini-batch.</summary>
    public int BatchSize { get; internal set; }

    /// <summary>The seed of the training. The same seed, data and machine give the same model.</summary>
    public int Seed { get; internal set; }

    /// <summary>Version of this package at training time.</summary>
    public string LibraryVersion { get; internal set; } = MLNetCompatibility.LibraryVersion;

    /// <summary>Version of ML.NET at training time.</summary>
    public string MLNetVersion { get; internal set; } = MLNetCompatibility.LoadedVersion;

    /// <summary>Version of TorchSharp at training time.</summary>
    public string TorchSharpVersion { get; internal set; } = MLNetCompatibility.TorchSharpVersion;
}

/// <summary>Summary of the training of a classifier or a regression; stored in the model.</summary>
public sealed class TargetPropTrainingSummary : TargetPropTrainingSummaryBase
{
    internal TargetPropTrainingSummary() { }

    /// <summary>The learning rule.</summary>
    public TargetPropLearningRule LearningRule { get; internal set; }

    /// <summary>See <see cref="TargetPropEpochMetrics.TrainingLoss"/>; in <see cref="TargetPropTrainingSummaryBase.BestEpoch"/>.</summary>
    public double TrainingLoss { get; internal set; }

    /// <summary>See <see cref="TargetPropEpochMetrics.TrainingError"/>; in <see cref="TargetPropTrainingSummaryBase.BestEpoch"/>.</summary>
    public double TrainingError { get; internal set; }

    /// <summary>
    /// See <see cref="TargetPropEpochMetrics.ValidationLoss"/>; after <see cref="TargetPropTrainingSummaryBase.BestEpoch"/>, and with the weights of the
    /// networks.
    /// </summary>
    public double? ValidationLoss { get; internal set; }

    /// <summary>See <see cref="TargetPropEpochMetrics.ValidationError"/>; measured like <see cref="ValidationLoss"/>.</summary>
    public double? ValidationError { get; internal set; }
}

/// <summary>Summary of a generative model's training; stored in the model.</summary>
public sealed class TargetPropGenerativeTrainingSummary : TargetPropTrainingSummaryBase
{
    internal TargetPropGenerativeTrainingSummary() { }

    /// <summary>See <see cref="TargetPropGenerativeEpochMetrics.ReconstructionError"/>; in <see cref="TargetPropTrainingSummaryBase.BestEpoch"/>.</summary>
    public double ReconstructionError { get; internal set; }

    /// <summary>See <see cref="TargetPropGenerativeEpochMetrics.ValidationError"/>; after <see cref="TargetPropTrainingSummaryBase.BestEpoch"/>.</summary>
    public double? ValidationError { get; internal set; }
}
