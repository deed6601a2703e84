namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Every choice of a classifier's training.</summary>
internal sealed record LearningSettings
{
    public TargetPropLearningRule Rule { get; init; }

    /// <summary>How feedback maps learn; a way that the rule works with.</summary>
    public TargetPropFeedbackLearning FeedbackLearning { get; init; }

    public required int MaxEpochs { get; init; }

    public required int BatchSize { get; init; }

    public required double LearningRate { get; init; }

    public required double FeedbackLearningRate { get; init; }

    /// <summary>η0 of the first target, per row.</summary>
    public required double TargetStep { get; init; }

    /// <summary>σ of the noise that feedback learns from.</summary>
    public required double FeedbackNoise { get; init; }

    /// <summary>Feedback learns at every k-th step.</summary>
    public int FeedbackInterval { get; init; } = 1;

    /// <summary>Feedback steps on a mini-batch, each with new noise.</summary>
    public int FeedbackSteps { get; init; } = 1;

    /// <summary>Weight decay of the feedback maps; null for that of the forward maps.</summary>
    public double? FeedbackWeightDecay { get; init; }

    public TargetPropOptimizer Optimizer { get; init; }

    public TargetPropSchedule Schedule { get; init; }

    public double WeightDecay { get; init; }

    /// <summary>The augmentation of pictures, with raw training rows; null for none, with standardised training rows.</summary>
    public TargetPropImageAugmentation? Augmentation { get; init; }

    /// <summary>Standard deviation of the Gaussian noise on the network's inputs (the standardised features).</summary>
    public double InputNoise { get; init; }

    /// <summary>Probability that an input is set to zero.</summary>
    public double InputDropout { get; init; }

    /// <summary>Probability that a hidden unit sends nothing to the layer above.</summary>
    public double Dropout { get; init; }

    /// <summary>Part of every label that is spread evenly over the classes.</summary>
    public double LabelSmoothing { get; init; }

    public required int Seed { get; init; }

    /// <summary>Epochs without a lower validation loss after which training stops; 0 for never.</summary>
    public int EarlyStoppingPatience { get; init; }

    /// <summary>The feedback learning of the rule; null when feedback maps stay as they were drawn.</summary>
    public FeedbackLearning? NewFeedbackLearning() => Core.FeedbackLearning.Of(LearningRule.Of(Rule).Resolve(FeedbackLearning), FeedbackNoise);
}
