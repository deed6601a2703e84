namespace Microsoft.ML.TargetProp.Learning;

/// <summary>The parts that a choice of options stands for.</summary>
internal static class LearningRules
{
    public static ICreditAssignment CreditAssignment(LearningSettings settings) => settings.Rule switch
    {
        TargetPropLearningRule.DifferenceTargetPropagation => new DifferenceTargetPropagation(settings.TargetStep),
        TargetPropLearningRule.Backpropagation => new Backpropagation(),
        _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Rule, "Unknown learning rule."),
    };

    /// <summary>How the rule's feedback maps learn; null when it has none or they stay as they are.</summary>
    public static IFeedbackLearning? FeedbackLearning(LearningSettings settings) => settings.Rule switch
    {
        TargetPropLearningRule.DifferenceTargetPropagation => new ReconstructionLearning(settings.FeedbackNoise),
        _ => null,
    };

    public static IOptimizer Optimizer(LearningSettings settings, Networks.ParameterBuffer parameters, Networks.ParameterBuffer updates) =>
        settings.Optimizer switch
        {
            TargetPropOptimizer.RmsProp => new CenteredRmsProp(parameters, updates, settings.WeightDecay),
            _ => new Adam(parameters, updates, settings.WeightDecay),
        };
}
