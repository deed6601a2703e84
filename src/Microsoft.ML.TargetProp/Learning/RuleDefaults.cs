using static Microsoft.ML.TargetProp.TargetPropFeedbackLearning;
using Rule = Microsoft.ML.TargetProp.TargetPropLearningRule;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>What suits a learning rule when its options are left open.</summary>
internal sealed record RuleDefaults
{
    /// <summary>Learning rate of the forward maps times the units of the widest hidden layer.</summary>
    public double Rate { get; private init; } = 0.35;

    /// <summary>Learning rate of the feedback maps times the units of the widest hidden layer.</summary>
    public double FeedbackRate { get; private init; } = 0.5;

    /// <summary>η0 of the first target, per row.</summary>
    public double TargetStep { get; private init; } = 0.5;

    /// <summary>σ of the noise that feedback learns from.</summary>
    public double FeedbackNoise { get; private init; } = 0.2;

    /// <summary>Steps of feedback on a mini-batch.</summary>
    public int FeedbackSteps { get; private init; } = 1;

    /// <summary>Weight decay of the feedback maps; null: that of the forward maps.</summary>
    public double? FeedbackWeightDecay { get; private init; }

    public static RuleDefaults Of(TargetPropLearningRule rule, TargetPropFeedbackLearning choice)
    {
        var feedback = FeedbackPairs.Resolve(rule, choice);
        return new RuleDefaults();
    }
}
