using System.Globalization;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Every choice of a classifier's training.</summary>
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

/// <summary>A trained network and the epochs that led to it.</summary>
/// <param name="Network">The network of the last epoch, or of the best one when training could stop early.</param>
/// <param name="Epochs">Metrics of every epoch, in order.</param>
/// <param name="BestEpoch">The epoch of <paramref name="Network"/>, from 1.</param>
internal sealed record ClassifierResult(NetworkSnapshot Network, IReadOnlyList<TargetPropEpochMetrics> Epochs, int BestEpoch)
    : TrainingOutcome<TargetPropEpochMetrics>(Epochs, BestEpoch);

/// <summary>Trains classifier networks.</summary>
/// <param name="settings">The choices.</param>
/// <param name="onEpoch">Called at the end of every epoch; an exception ends training.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
/// <param name="inspect">Looks at the network at the end of every epoch without changing it; null for no look.</param>
internal sealed class ClassifierTrainer(
    ClassifierSettings settings, Action<TargetPropEpochMetrics>? onEpoch, Action checkAlive, Func<TargetPropNetwork, TargetPropDiagnosticsReport>? inspect = null)
{
    /// <summary>Trains a new network of the given shape.</summary>
    public ClassifierResult Run(NetworkShape shape, Standardization? standardization, Examples training, Examples? validation)
    {
        using var guard = no_grad();
        using var random = new RandomSource(settings.Seed, training.Features.device);
        var rule = LearningRule.Of(settings.Rule);
        var normalized = shape with { Normalized = rule.NormalizesLayers };
        using var network = new TargetPropNetwork(normalized, rule.FeedbackMaps(shape), standardization, training.Features.device, first: First(training));
        network.Initialize(random);
        return Run(network, random, training, validation);
    }

    /// <summary>Continues from a trained network, with its forward and feedback weights as the first weights.</summary>
    public ClassifierResult Run(NetworkSnapshot start, Examples training, Examples? validation)
    {
        using var guard = no_grad();
        using var random = new RandomSource(settings.Seed, training.Features.device);
        using var network = TargetPropNetwork.FromSnapshot(start, training.Features.device, First(training));
        return Run(network, random, training, validation);
    }

    private static FirstMap First(Examples training) => training.Sparse is null ? FirstMap.ByOutput : FirstMap.ByInput;

    private ClassifierResult Run(TargetPropNetwork network, RandomSource random, Examples training, Examples? validation)
    {
        using var trainee = new Trainee(network, settings, random, training, validation, inspect);
        var outcome = new TrainingRun(settings, checkAlive).Fit(trainee, random, onEpoch);
        return new(network.ToSnapshot(), outcome.Epochs, outcome.BestEpoch);
    }

    /// <summary>A network in training: its step, and the measurements of an epoch.</summary>
    private sealed class Trainee : ITrainee<TargetPropEpochMetrics>, IDisposable
    {
        /// <summary>Layer and reconstruction losses are measured in every n-th step, because they cost a pass over the activities.</summary>
        private const int StepsBetweenLosses = 16;

        /// <summary>Training has diverged when the mean training loss is this many times that of a blind guess.</summary>
        private const double DivergedLoss = 10;

        /// <summary>A feedback map has diverged when its reconstruction loss is larger than this.</summary>
        private const double DivergedReconstruction = 1e6;

        private readonly TargetPropNetwork _network;
        private readonly ClassifierSettings _settings;
        private readonly Examples _training;
        private readonly Examples? _validation;
        private readonly Func<TargetPropNetwork, TargetPropDiagnosticsReport>? _inspect;
        private readonly ClassifierStep _step;
        private readonly UnitChanges? _changes;
        private LossMeter _layerLosses = new(0);
        private LossMeter _reconstructionLosses = new(0);
        private double _reconstructionBefore;
        private (double Loss, double Mistakes, double Weight) _sums;

        public Trainee(
            TargetPropNetwork network, ClassifierSettings settings, RandomSource random, Examples training, Examples? validation,
            Func<TargetPropNetwork, TargetPropDiagnosticsReport>? inspect)
        {
            (_network, _settings, _training, _validation, _inspect) = (network, settings, training, validation, inspect);
            _step = new(network, settings, random);
            _changes = network.Shape.Signal.IsDiscrete ? new(network, training, raw: settings.Augmentation is not null) : null;
        }

        public long Rows => _training.Rows;

        /// <summary>
        /// The first of two signs. A feedback map that diverges takes the targets with it, and those the forward maps: into a growing log-loss, or
        /// into one that stays where it is. Its loss before the last step therefore counts too.
        /// </summary>
        public string? Divergence
        {
            get
            {
                var loss = _sums.Loss / _sums.Weight;
                var blindGuess = Math.Log(Math.Max(2, _network.Shape.OutputUnits));
                return _reconstructionBefore > DivergedReconstruction
                    ? Reason($"a feedback map has a reconstruction loss of {_reconstructionBefore:G4}", "Feedback.LearningRate", _settings.FeedbackLearningRate)
                    : !double.IsFinite(loss) || loss > DivergedLoss * blindGuess
                    ? Reason($"the mean log-loss is {loss:G4}, a blind guess has {blindGuess:G4}", "LearningRate", _settings.LearningRate)
                    : null;
            }
        }

        public void BeginEpoch()
        {
            _layerLosses = new(_network.Shape.HiddenUnits.Count);
            _reconstructionLosses = new(_network.Feedback.Count);
            _sums = default;
        }

        public void Step(in MiniBatch batch)
        {
            var rows = _training.Select(batch.Rows);
            var measuresLayers = batch.Step % StepsBetweenLosses == 0;
            // Feedback learns at every k-th step, so its losses are measured in a window of k steps. In the first steps of all they are measured at
            // once: a feedback rate that is far too high shows there, before targets carry it into the forward maps.
            var measuresFeedback = batch.Step % StepsBetweenLosses < _settings.FeedbackInterval || (batch.Epoch == 1 && batch.Step < StepsBetweenLosses);
            _reconstructionBefore = WorstReconstruction();
            var pass = _step.Run(rows, batch.RateFactor, measuresLayers ? _layerLosses : null, measuresFeedback ? _reconstructionLosses : null);
            var sums = Evaluation.BatchSums(_network.Shape.Output, pass.Activities[pass.OutputLayer], rows);
            _sums = (_sums.Loss + sums.Loss, _sums.Mistakes + sums.Mistakes, _sums.Weight + sums.Weight);
        }

        public (TargetPropEpochMetrics Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
        {
            var validation = _validation is null ? (Evaluation?)null : Evaluation.Of(_network, _validation);
            var metrics = new TargetPropEpochMetrics(end)
            {
                TrainingLoss = _sums.Loss / _sums.Weight,
                TrainingError = _sums.Mistakes / _sums.Weight,
                ValidationLoss = validation?.Loss,
                ValidationError = validation?.Error,
                LayerLosses = _layerLosses.Means(),
                ReconstructionLosses = _reconstructionLosses.Means(),
                Diagnostics = _inspect?.Invoke(_network),
                UnitChanges = _changes?.SinceLastCall() ?? [],
            };
            return (metrics, validation?.Loss);
        }

        public Action KeepParameters()
        {
            var snapshot = _network.ToSnapshot();
            return () => _network.Load(snapshot);
        }

        public void Dispose()
        {
            _changes?.Dispose();
            _step.Dispose();
        }

        private double WorstReconstruction() =>
            _reconstructionLosses.Means().Select(l => double.IsFinite(l) ? l : double.PositiveInfinity).DefaultIfEmpty(0).Max();

        private string Reason(FormattableString found, string option, double value) => string.Create(CultureInfo.InvariantCulture,
            $"{FormattableString.Invariant(found)}. Lower {option} (now {value:G4}), or TargetStep (now {_settings.TargetStep:G4}) when the rate is already small.");
    }
}
