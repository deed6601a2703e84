using Microsoft.ML.TargetProp.Samples.Experiments.Host;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>A learning rule in a comparison of rules, with its own defaults for all open options.</summary>
/// <param name="Figure">Name in figures.</param>
/// <param name="Name">Name in tables.</param>
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

    /// <summary>All rules, the reference first.</summary>
    public static IReadOnlyList<RuleContender> All { get; } =
        [Backpropagation, DifferenceTargets, LocalDifference, Vanilla, Direct, FixedWeight, Alignment, DirectAlignment];

    /// <summary>Options of this rule for a network of equal hidden layers.</summary>
    public TargetPropMulticlassTrainer.Options Options(int layers, int units, int epochs) => new()
    {
        LearningRule = Rule,
        HiddenUnits = [.. Enumerable.Repeat(units, layers)],
        MaxEpochs = epochs,

        // No weight decay is tried out on held-out rows: the rules compare on equal terms, and the time is that of one training.
        WeightDecay = 0,
    };

    /// <summary>Number of epochs for a request.</summary>
    public static int Epochs(StudyRequest request, int full) => request.Quick ? Math.Min(full, 2) : full;
}
