using static Microsoft.ML.TargetProp.TargetPropFeedbackLearning;
using Rule = Microsoft.ML.TargetProp.TargetPropLearningRule;

namespace Microsoft.ML.TargetProp.Supervised;

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

    /// <summary>
    /// Chosen on held-out MNIST rows with Adam, 784-240×3-10 and a few epochs on 6,000 to 20,000 rows (docs/algorithm.md).
    /// </summary>
    public static RuleDefaults Of(Rule rule, TargetPropFeedbackLearning choice)
    {
        var suited = rule switch
        {
            // Only far targets outweigh what feedback fails to reconstruct.
            Rule.TargetPropagation => new RuleDefaults { TargetStep = 10, FeedbackRate = 1 },
            Rule.DifferenceTargetPropagationFromLogits => new() { Rate = 0.6 },
            Rule.DirectDifferenceTargetPropagation => new() { Rate = 1 },
            Rule.FixedWeightDifferenceTargetPropagation => new() { Rate = 1.2 },
            Rule.FeedbackAlignment => new() { Rate = 0.7 },
            Rule.DirectFeedbackAlignment => new() { Rate = 1.2 },
            _ => new RuleDefaults(),
        };
        return FeedbackPairs.Resolve(rule, choice) switch
        {
            DifferenceReconstruction => suited with { FeedbackWeightDecay = 0.1 },
            LocalDifferenceReconstruction => suited with { FeedbackSteps = 2, FeedbackRate = 1.2 },
            _ => suited,
        };
    }

    /// <summary>
    /// The same for what hidden units send. A target is felt below a discrete layer where it changes a level, so it is set further away; a
    /// sigmoid is four times less steep than a hyperbolic tangent, so weights that feed it take larger steps.
    /// </summary>
    public RuleDefaults For(TargetPropUnitType units) => units switch
    {
        TargetPropUnitType.Continuous => this,
        TargetPropUnitType.Stochastic => this with { TargetStep = 1, Rate = 0.8 },
        _ => this with { TargetStep = Math.Max(TargetStep, 2) },
    };
}
