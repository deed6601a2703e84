using System.Diagnostics;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Every choice of a training with labels.</summary>
internal sealed record ClassifierSettings : TrainingPlan
{
    public TargetPropLearningRule Rule { get; init; }

    /// <summary>How feedback maps learn; a way that the rule works with.</summary>
    public TargetPropFeedbackLearning FeedbackLearning { get; init; }

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

    /// <summary>The feedback learning of the rule; null when feedback maps stay as they were drawn.</summary>
    public FeedbackLearning? NewFeedbackLearning() => Core.FeedbackLearning.Of(LearningRule.Of(Rule).Resolve(FeedbackLearning), FeedbackNoise);
}

/// <summary>Trained networks and the epochs that led to them.</summary>
/// <param name="Members">The networks of the last epoch, or of the best one when training could stop early.</param>
/// <param name="Epochs">Metrics of every epoch, in order.</param>
/// <param name="BestEpoch">The epoch of <paramref name="Members"/>, from 1.</param>
internal sealed record ClassifierResult(IReadOnlyList<NetworkSnapshot> Members, IReadOnlyList<TargetPropEpochMetrics> Epochs, int BestEpoch)
    : TrainingOutcome<TargetPropEpochMetrics>(Epochs, BestEpoch)
{
    /// <summary>The validation rows under <see cref="Members"/> with their weights; null without validation rows, or without such weights.</summary>
    public Evaluation? Weighted { get; init; }

    /// <summary>The weight of every candidate; empty where members have no such weights.</summary>
    public IReadOnlyList<double> CandidateWeights { get; init; } = [];
}

/// <summary>Trains networks that predict classes or a number.</summary>
/// <param name="settings">The choices.</param>
/// <param name="onEpoch">Called at the end of every epoch; an exception ends training.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
/// <param name="inspect">Looks at the network at the end of every epoch without changing it; null for no look.</param>
/// <param name="clock">The time that epochs report; null for the time since the training of the networks began.</param>
internal sealed class ClassifierTrainer(
    ClassifierSettings settings, Action<TargetPropEpochMetrics>? onEpoch, Action checkAlive, Func<TargetPropNetwork, TargetPropDiagnosticsReport>? inspect = null,
    Stopwatch? clock = null)
{
    /// <summary>Trains one new network of the given shape.</summary>
    public ClassifierResult Run(NetworkShape shape, ColumnEncoding? encoding, Examples training, Examples? validation) =>
        Run([new MemberPlan(shape, encoding, settings.WeightDecay, settings.InputDropout)], training, validation);

    /// <summary>Trains new networks.</summary>
    /// <param name="plans">The networks.</param>
    /// <param name="training">The rows to learn from.</param>
    /// <param name="validation">The rows to measure after every epoch, or null.</param>
    /// <param name="parts">The parts of the training rows that members leave out; null when all learn from all rows.</param>
    public ClassifierResult Run(IReadOnlyList<MemberPlan> plans, Examples training, Examples? validation, RowParts? parts = null)
    {
        using var guard = no_grad();
        var rule = LearningRule.Of(settings.Rule);
        using var committee = new Committee([.. plans.Select(plan =>
            new TargetPropNetwork(plan.Shape with { Normalized = rule.NormalizesLayers }, rule.FeedbackMaps(plan.Shape), plan.Encoding, training.Device))]);
        var result = Run(committee, plans, training, validation, parts, isNew: true);
        if (parts is null)
            return result;
        var weights = CandidateWeights.Learn(committee, plans, training, parts);
        return result with
        {
            CandidateWeights = weights,
            Members = [.. committee.ToSnapshots().Where(member => member.Weight > 0)],
            Weighted = validation is null ? null : Evaluation.Of(committee, validation),
        };
    }

    /// <summary>Continues from trained networks, with their forward and feedback weights as the first weights.</summary>
    /// <param name="start">The trained networks.</param>
    /// <param name="training">The rows to learn from.</param>
    /// <param name="validation">The rows to measure after every epoch, or null.</param>
    /// <param name="plans">Their plans, in the same order; null for the decay and the dropout of the settings.</param>
    public ClassifierResult Run(IReadOnlyList<NetworkSnapshot> start, Examples training, Examples? validation, IReadOnlyList<MemberPlan>? plans = null)
    {
        using var guard = no_grad();
        using var committee = Committee.FromSnapshots(start, training.Device);
        plans ??= [.. start.Select(member => new MemberPlan(member.Shape, member.Encoding, settings.WeightDecay, settings.InputDropout))];
        return Run(committee, plans, training, validation, parts: null, isNew: false);
    }

    private ClassifierResult Run(Committee committee, IReadOnlyList<MemberPlan> plans, Examples training, Examples? validation, RowParts? parts, bool isNew)
    {
        var sources = new List<RandomSource>();
        try
        {
            foreach (var member in committee.Members)
            {
                sources.Add(new(SeedOf(sources.Count), training.Device));
                if (isNew)
                    member.Initialize(sources[^1]);
            }
            using var trainee = new CommitteeTrainee(committee, plans, settings, sources, training, validation, parts, inspect);
            var outcome = new TrainingRun(settings, checkAlive, clock: clock).Fit(trainee, sources[0], onEpoch);
            return new(committee.ToSnapshots(), outcome.Epochs, outcome.BestEpoch);
        }
        finally
        {
            sources.ForEach(source => source.Dispose());
        }
    }

    /// <summary>The seed of a member. The first has the seed of the training, so one network alone is the same as the first of many.</summary>
    private int SeedOf(int member) => member == 0 ? settings.Seed : (int)new SplitMix64(((ulong)(uint)settings.Seed << 32) + (uint)member).Next();
}
