using Microsoft.ML.TargetProp.Samples.Experiments.Host;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>A learning rule in a comparison of rules; everything that an option leaves open is the library's choice for it.</summary>
/// <param name="Figure">What figures call it.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Rule">The rule.</param>
internal sealed record RuleContender(string Figure, string Name, TargetPropLearningRule Rule)
{
    public static readonly RuleContender Backpropagation = new("backprop", "backpropagation", TargetPropLearningRule.Backpropagation);
    public static readonly RuleContender DifferenceTargets = new("dtp", "difference target propagation", TargetPropLearningRule.DifferenceTargetPropagation);
    public static readonly RuleContender LocalDifference = new("ldrl", "the same from the logits, with L-DRL", TargetPropLearningRule.DifferenceTargetPropagationFromLogits);
    public static readonly RuleContender Vanilla = new("tp", "target propagation", TargetPropLearningRule.TargetPropagation);
    public static readonly RuleContender Direct = new("ddtp", "direct difference target propagation", TargetPropLearningRule.DirectDifferenceTargetPropagation);
    public static readonly RuleContender FixedWeight = new("fwdtp", "fixed-weight difference target propagation", TargetPropLearningRule.FixedWeightDifferenceTargetPropagation);
    public static readonly RuleContender Alignment = new("fa", "feedback alignment", TargetPropLearningRule.FeedbackAlignment);
    public static readonly RuleContender DirectAlignment = new("dfa", "direct feedback alignment", TargetPropLearningRule.DirectFeedbackAlignment);

    /// <summary>The whole family, the reference first.</summary>
    public static IReadOnlyList<RuleContender> All { get; } =
        [Backpropagation, DifferenceTargets, LocalDifference, Vanilla, Direct, FixedWeight, Alignment, DirectAlignment];

    /// <summary>Options of this rule for a network of equal hidden layers.</summary>
    public TargetPropMulticlassTrainer.Options Options(int layers, int units, int epochs) => new()
    {
        LearningRule = Rule,
        HiddenUnits = [.. Enumerable.Repeat(units, layers)],
        MaxEpochs = epochs,

        // Nothing is tried out on held-out rows in a comparison: the rules get the same, and the time is theirs.
        WeightDecay = 0,
    };

    /// <summary>How many epochs a request asks for.</summary>
    public static int Epochs(StudyRequest request, int full) => request.Quick ? Math.Min(full, 2) : full;
}
