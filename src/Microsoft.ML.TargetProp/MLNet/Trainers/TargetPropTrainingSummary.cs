namespace Microsoft.ML.TargetProp;

/// <summary>Summary of a classifier's training; stored in the model.</summary>
public sealed class TargetPropTrainingSummary
{
    internal TargetPropTrainingSummary() { }

    /// <summary>Epochs that were run.</summary>
    public int Epochs { get; internal init; }

    /// <summary>The epoch that the model is from: the last, or the best on the validation rows with early stopping.</summary>
    public int BestEpoch { get; internal init; }

    /// <summary>Number of training rows.</summary>
    public long TrainingRows { get; internal init; }

    /// <summary>Rows of a mini-batch.</summary>
    public int BatchSize { get; internal init; }

    /// <summary>The seed of the training. The same seed, data and machine give the same model.</summary>
    public int Seed { get; internal init; }

    /// <summary>The learning rule.</summary>
    public TargetPropLearningRule LearningRule { get; internal init; }

    /// <summary>Mean training log-loss in <see cref="BestEpoch"/>.</summary>
    public double TrainingLoss { get; internal init; }

    /// <summary>Part of the training rows that were misclassified in <see cref="BestEpoch"/>, from 0 to 1.</summary>
    public double TrainingError { get; internal init; }

    /// <summary>Mean validation log-loss after <see cref="BestEpoch"/>; null without validation rows.</summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary>Part of the validation rows that were misclassified after <see cref="BestEpoch"/>, from 0 to 1; null without validation rows.</summary>
    public double? ValidationError { get; internal init; }

    /// <summary>Version of this package at training time.</summary>
    public string LibraryVersion { get; internal init; } = "";

    /// <summary>Version of ML.NET at training time.</summary>
    public string MLNetVersion { get; internal init; } = "";

    /// <summary>Version of TorchSharp at training time.</summary>
    public string TorchSharpVersion { get; internal init; } = "";
}
