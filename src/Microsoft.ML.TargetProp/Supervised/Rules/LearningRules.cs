namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>The parts that a choice of options stands for.</summary>
internal static class LearningRules
{
    public static ICreditAssignment CreditAssignment(LearningSettings settings) => CreditAssignment(settings.Rule, settings.TargetStep);

    public static ICreditAssignment CreditAssignment(TargetPropLearningRule rule, double targetStep) => rule switch
    {
        TargetPropLearningRule.DifferenceTargetPropagation => new DifferenceTargetPropagation(targetStep),
        TargetPropLearningRule.Backpropagation or TargetPropLearningRule.StraightThrough => new Backpropagation(),
        TargetPropLearningRule.TargetPropagation => new TargetPropagation(targetStep),
        TargetPropLearningRule.DifferenceTargetPropagationFromLogits => new DifferenceTargetPropagationFromLogits(targetStep),
        TargetPropLearningRule.DirectDifferenceTargetPropagation => new DirectDifferenceTargetPropagation(targetStep),
        TargetPropLearningRule.FixedWeightDifferenceTargetPropagation => new FixedWeightTargetPropagation(targetStep),
        TargetPropLearningRule.FeedbackAlignment => new FeedbackAlignment(),
        TargetPropLearningRule.DirectFeedbackAlignment => new DirectFeedbackAlignment(),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown learning rule."),
    };

    /// <summary>
    /// Whether a rule can train such units. Rules that carry errors need the derivative of what a unit sends; target propagation does not
    /// (algorithms, §3). A target of a sample becomes one of its probability by the difference correction, so stochastic units need that.
    /// </summary>
    public static bool Allows(TargetPropLearningRule rule, TargetPropUnitType units) => rule switch
    {
        TargetPropLearningRule.DifferenceTargetPropagation => true,
        TargetPropLearningRule.TargetPropagation => units != TargetPropUnitType.Stochastic,
        TargetPropLearningRule.StraightThrough => units != TargetPropUnitType.Continuous,
        _ => units == TargetPropUnitType.Continuous,
    };

    /// <summary>How the rule's feedback maps learn; null when it has none or they stay as they are.</summary>
    public static IFeedbackLearning? FeedbackLearning(LearningSettings settings) => FeedbackPairs.Resolve(settings.Rule, settings.FeedbackLearning) switch
    {
        TargetPropFeedbackLearning.Reconstruction => new ReconstructionLearning(settings.FeedbackNoise),
        TargetPropFeedbackLearning.DifferenceReconstruction => new DifferenceReconstructionLearning(settings.FeedbackNoise),
        TargetPropFeedbackLearning.LocalDifferenceReconstruction => new LocalDifferenceReconstructionLearning(settings.FeedbackNoise),
        _ => null,
    };

    /// <summary>Whether hidden layers normalise their activities under a rule.</summary>
    public static bool NormalizesLayers(TargetPropLearningRule rule) => rule == TargetPropLearningRule.FixedWeightDifferenceTargetPropagation;

    public static IOptimizer Optimizer(LearningSettings settings, ParameterBuffer parameters, ParameterBuffer updates) =>
        settings.Optimizer switch
        {
            TargetPropOptimizer.RmsProp => new CenteredRmsProp(parameters, updates, settings.WeightDecay),
            _ => new Adam(parameters, updates, settings.WeightDecay),
        };
}
