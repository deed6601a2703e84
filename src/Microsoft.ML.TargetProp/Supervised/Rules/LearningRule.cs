using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Defaults of the options that a learning rule leaves open.</summary>
internal sealed record RuleDefaults
{
    /// <summary>Learning rate of the forward maps times the units of the widest hidden layer.</summary>
    public double Rate { get; init; } = 0.35;

    /// <summary>Learning rate of the feedback maps times the units of the widest hidden layer.</summary>
    public double FeedbackRate { get; init; } = 0.5;

    /// <summary>The most hidden layers that learn at full rates; more of them learn more slowly in proportion.</summary>
    public double FullRateLayers { get; init; } = double.PositiveInfinity;

    /// <summary>η0 of the first target, per row.</summary>
    public double TargetStep { get; init; } = 0.5;

    /// <summary>σ of the noise that feedback learns from.</summary>
    public double FeedbackNoise { get; init; } = 0.2;

    /// <summary>Feedback learns at every k-th step when there are many training rows.</summary>
    public int FeedbackIntervalOfManyRows { get; init; } = 1;

    /// <summary>Feedback steps on a mini-batch.</summary>
    public int FeedbackSteps { get; init; } = 1;

    /// <summary>Weight decay of the feedback maps; null for that of the forward maps.</summary>
    public double? FeedbackWeightDecay { get; init; }
}

/// <summary>
/// A rule of credit assignment: it turns a forward pass into an update direction for every forward map. It keeps no state. Feedback maps belong to
/// the network, a <see cref="FeedbackLearning"/> trains them, and an <see cref="Optimizer"/> moves the parameters. Each rule states in its own file which
/// feedback maps, feedback learning and units it works with, and its defaults.
/// </summary>
internal abstract class LearningRule
{
    /// <summary>The implementation of an option.</summary>
    public static LearningRule Of(TargetPropLearningRule rule) => rule switch
    {
        TargetPropLearningRule.DifferenceTargetPropagation => new DifferenceTargetPropagation(),
        TargetPropLearningRule.Backpropagation => new Backpropagation(),
        TargetPropLearningRule.StraightThrough => new StraightThrough(),
        TargetPropLearningRule.TargetPropagation => new TargetPropagation(),
        TargetPropLearningRule.DifferenceTargetPropagationFromLogits => new DifferenceTargetPropagationFromLogits(),
        TargetPropLearningRule.DirectDifferenceTargetPropagation => new DirectDifferenceTargetPropagation(),
        TargetPropLearningRule.FixedWeightDifferenceTargetPropagation => new FixedWeightDifferenceTargetPropagation(),
        TargetPropLearningRule.FeedbackAlignment => new FeedbackAlignment(),
        TargetPropLearningRule.DirectFeedbackAlignment => new DirectFeedbackAlignment(),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown learning rule."),
    };

    /// <summary>The feedback learning that the rule was published with.</summary>
    public virtual TargetPropFeedbackLearning PublishedFeedback => TargetPropFeedbackLearning.None;

    /// <summary>Defaults chosen on held-out MNIST rows with Adam, 784-240×3-10 and a few epochs on 6,000 to 20,000 rows (docs/algorithm.md, section 4).</summary>
    protected virtual RuleDefaults Defaults => new();

    /// <summary>True when hidden layers normalise their activities over the mini-batch.</summary>
    public virtual bool NormalizesLayers => false;

    /// <summary>The feedback maps of a network of this shape.</summary>
    public abstract IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape);

    /// <summary>Writes the update direction of every forward map into <paramref name="updates"/>.</summary>
    /// <param name="pass">The forward pass of a mini-batch.</param>
    /// <param name="targetStep">η0 of the first target, per row. Rules without targets do not use it.</param>
    /// <param name="updates">One map for each forward map; overwritten.</param>
    /// <param name="losses">Receives the losses of the hidden layers; null when this step is not measured.</param>
    public abstract void ComputeUpdates(ForwardPass pass, double targetStep, ParameterBuffer updates, LossMeter? losses);

    /// <summary>
    /// True when the rule can train hidden units of this type. Rules that carry errors need the derivative of the signal; target propagation does
    /// not. With stochastic units the difference correction carries a target of a sample over to its probability, so those need that.
    /// </summary>
    public virtual bool Allows(TargetPropUnitType units) => units == TargetPropUnitType.Continuous;

    /// <summary>The reason why the rule does not work with a way of feedback learning; null when it does.</summary>
    public string? Refusal(TargetPropFeedbackLearning choice) => RefusalOf(Resolve(choice));

    /// <summary>The way of feedback learning that a choice stands for under this rule.</summary>
    public TargetPropFeedbackLearning Resolve(TargetPropFeedbackLearning choice) =>
        choice == TargetPropFeedbackLearning.Automatic ? PublishedFeedback : choice;

    /// <summary>
    /// The defaults of this rule with a way of feedback learning and a type of units. A discrete layer passes on a target only where that changes a
    /// level, so its target step is larger. A sigmoid is four times less steep than a hyperbolic tangent, so stochastic layers take larger steps.
    /// </summary>
    public RuleDefaults DefaultsFor(TargetPropFeedbackLearning choice, TargetPropUnitType units)
    {
        var suited = Resolve(choice) switch
        {
            TargetPropFeedbackLearning.DifferenceReconstruction => Defaults with { FeedbackWeightDecay = 0.1 },
            TargetPropFeedbackLearning.LocalDifferenceReconstruction => Defaults with { FeedbackSteps = 2, FeedbackRate = 1.2 },
            _ => Defaults,
        };
        return units switch
        {
            TargetPropUnitType.Continuous => suited,
            TargetPropUnitType.Stochastic => suited with { TargetStep = 1, Rate = 0.8 },
            _ => suited with { TargetStep = Math.Max(suited.TargetStep, 2) },
        };
    }

    protected virtual string? RefusalOf(TargetPropFeedbackLearning feedback) => null;

    /// <summary>The refusal of rules whose feedback weights never learn.</summary>
    protected static string? RefusalOfFixedFeedback(TargetPropFeedbackLearning feedback) =>
        feedback == TargetPropFeedbackLearning.None ? null : "its feedback weights stay as they were drawn, by definition";

    /// <summary>
    /// Writes the gradient of hidden layer i's own loss, the mean over rows of w_r ‖h_i − t_i‖², docs/algorithm.md (2.3). In normalised layers,
    /// h_i = BN(φ(W_i h_{i−1} + b_i)), and the gradient goes through BN too.
    /// </summary>
    /// <param name="pass">The forward pass.</param>
    /// <param name="layer">i.</param>
    /// <param name="target">t_i, <c>[batch, units]</c>.</param>
    /// <param name="updates">One map for each forward map; the map into layer i is overwritten.</param>
    /// <param name="losses">Receives ‖h_i − t_i‖², or null.</param>
    protected static void LearnTarget(ForwardPass pass, int layer, Tensor target, ParameterBuffer updates, LossMeter? losses)
    {
        var (update, activity, below) = (updates.Maps[layer - 1], pass.Activities[layer], pass.Sent[layer - 1]);
        losses?.Add(layer - 1, activity, target);
        if (pass.Normalized[layer] is null)
        {
            LocalUpdate.Towards(update, activity, target, below, pass.Batch.Weights);
            return;
        }
        using var delta = pass.Batch.Weigh(activity.sub(target).ScaleInPlace(2.0 / pass.Batch.Rows));
        pass.ThroughActivation(layer, delta);
        LocalUpdate.Outer(update, delta, below);
    }
}
