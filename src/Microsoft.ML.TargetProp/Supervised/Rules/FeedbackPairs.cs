using static Microsoft.ML.TargetProp.TargetPropFeedbackLearning;
using Rule = Microsoft.ML.TargetProp.TargetPropLearningRule;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Which ways of feedback learning go with which rules.</summary>
internal static class FeedbackPairs
{
    /// <summary>What <see cref="Automatic"/> stands for under a rule; any other choice as it is.</summary>
    public static TargetPropFeedbackLearning Resolve(Rule rule, TargetPropFeedbackLearning choice) =>
        choice != Automatic ? choice : rule switch
        {
            Rule.DifferenceTargetPropagation or Rule.TargetPropagation => Reconstruction,
            Rule.DirectDifferenceTargetPropagation => DifferenceReconstruction,
            Rule.DifferenceTargetPropagationFromLogits => LocalDifferenceReconstruction,
            _ => None,
        };

    /// <summary>Why a rule cannot do with a way of feedback learning, or null when it can.</summary>
    public static string? Refusal(Rule rule, TargetPropFeedbackLearning choice)
    {
        var feedback = Resolve(rule, choice);
        return rule switch
        {
            Rule.Backpropagation or Rule.StraightThrough => feedback == None ? null : "it has no feedback maps",
            Rule.FeedbackAlignment or Rule.DirectFeedbackAlignment or Rule.FixedWeightDifferenceTargetPropagation =>
                feedback == None ? null : "its feedback weights stay as they were drawn, by definition",
            Rule.TargetPropagation =>
                feedback == Reconstruction ? null : "its targets are what feedback makes of the target above, so feedback must learn to reconstruct; how it changes alone does not do",
            Rule.DirectDifferenceTargetPropagation =>
                feedback is DifferenceReconstruction or None ? null : "its feedback maps lead from the output straight to a layer, and that loss is for maps between neighbouring layers",
            _ => null,
        };
    }
}
