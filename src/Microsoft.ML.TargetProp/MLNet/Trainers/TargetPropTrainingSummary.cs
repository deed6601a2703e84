namespace Microsoft.ML.TargetProp;

/// <summary>How a model was trained; stored in the model.</summary>
public sealed class TargetPropTrainingSummary
{
    internal TargetPropTrainingSummary() { }

    /// <summary>Epochs that were run.</summary>
    public int Epochs { get; internal init; }

    /// <summary>The epoch that the model is from: the last, or the best on the validation rows when early stopping was on.</summary>
    public int BestEpoch { get; internal init; }

    /// <summary>Rows that were learned from.</summary>
    public long TrainingRows { get; internal init; }

    /// <summary>Rows of a mini-batch.</summary>
    public int BatchSize { get; internal init; }

    /// <summary>The seed that training used: with it, and the same data and machine, the same model comes out.</summary>
    public int Seed { get; internal init; }

    /// <summary>The rule that assigned credit.</summary>
    public TargetPropLearningRule LearningRule { get; internal init; }

    /// <summary>Mean training log-loss in <see cref="BestEpoch"/>.</summary>
    public double TrainingLoss { get; internal init; }

    /// <summary>Fraction of training rows misclassified in <see cref="BestEpoch"/>.</summary>
    public double TrainingError { get; internal init; }

    /// <summary>Mean validation log-loss after <see cref="BestEpoch"/>; null without validation rows.</summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary>Fraction of validation rows misclassified after <see cref="BestEpoch"/>; null without validation rows.</summary>
    public double? ValidationError { get; internal init; }

    /// <summary>Version of this package at training time.</summary>
    public string LibraryVersion { get; internal init; } = "";

    /// <summary>Version of ML.NET at training time.</summary>
    public string MLNetVersion { get; internal init; } = "";

    /// <summary>Version of TorchSharp at training time.</summary>
    public string TorchSharpVersion { get; internal init; } = "";
}
