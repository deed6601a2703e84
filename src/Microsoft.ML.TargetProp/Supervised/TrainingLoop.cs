using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Epochs of mini-batches: the order of the rows, the schedule, validation, early stopping, and the word to stop.</summary>
internal sealed class TrainingLoop
{
    /// <summary>Layer and reconstruction losses are looked at in every n-th step: they cost a pass over the activities.</summary>
    private const int StepsBetweenLosses = 16;

    /// <summary>A mean training loss this many times that of a blind guess means that training has run away.</summary>
    private const double DivergedLoss = 10;

    /// <summary>A reconstruction loss beyond this is no longer that of a map that reconstructs anything.</summary>
    private const double RanAwayLoss = 1e6;

    private readonly LearningSettings _settings;
    private readonly Action<TargetPropEpochMetrics>? _onEpoch;
    private readonly Action _checkAlive;
    private readonly Func<TargetPropNetwork, TargetPropDiagnosticsReport>? _inspect;

    /// <param name="settings">What to do.</param>
    /// <param name="onEpoch">Told of every epoch when it ends; what it throws ends training.</param>
    /// <param name="checkAlive">Called before every step; throws to cancel.</param>
    /// <param name="inspect">Looks at the network at the end of every epoch, and leaves it as it is; null for no look.</param>
    public TrainingLoop(
        LearningSettings settings, Action<TargetPropEpochMetrics>? onEpoch, Action checkAlive, Func<TargetPropNetwork, TargetPropDiagnosticsReport>? inspect = null)
    {
        _settings = settings;
        _onEpoch = onEpoch;
        _checkAlive = checkAlive;
        _inspect = inspect;
    }

    /// <summary>Trains a new network of the given shape.</summary>
    public TrainingResult Run(NetworkShape shape, Standardization? standardization, Examples training, Examples? validation)
    {
        using var guard = no_grad();
        using var random = new RandomSource(_settings.Seed, training.Features.device);
        var feedback = LearningRules.CreditAssignment(_settings).FeedbackMaps(shape);
        var normalized = shape with { Normalized = LearningRules.NormalizesLayers(_settings.Rule) };
        using var network = new TargetPropNetwork(normalized, feedback, standardization, training.Features.device);
        network.Initialize(random);
        return Run(network, random, training, validation);
    }

    /// <summary>Continues from a trained network; its weights, feedback included, are the first weights.</summary>
    public TrainingResult Run(NetworkSnapshot start, Examples training, Examples? validation)
    {
        using var guard = no_grad();
        using var random = new RandomSource(_settings.Seed, training.Features.device);
        using var network = TargetPropNetwork.FromSnapshot(start, training.Features.device);
        return Run(network, random, training, validation);
    }

    private TrainingResult Run(TargetPropNetwork network, RandomSource random, Examples training, Examples? validation)
    {
        using var step = new TrainingStep(network, _settings, random);
        using var changes = network.Shape.Signal.IsDiscrete ? new UnitChanges(network, training, raw: _settings.Augmentation is not null) : null;
        var best = new BestEpoch<NetworkSnapshot>(_settings.EarlyStoppingPatience);
        var epochs = new List<TargetPropEpochMetrics>();
        var clock = Stopwatch.StartNew();
        for (var epoch = 1; epoch <= _settings.MaxEpochs; epoch++)
        {
            var metrics = RunEpoch(epoch, network, step, random, training, validation, changes, clock);
            epochs.Add(metrics);
            _onEpoch?.Invoke(metrics);
            if (best.IsOver(epoch, metrics.ValidationLoss, network.ToSnapshot))
                break;
        }
        return new(best.Value ?? network.ToSnapshot(), epochs, best.Value is null ? epochs.Count : best.Epoch);
    }

    private TargetPropEpochMetrics RunEpoch(
        int epoch, TargetPropNetwork network, TrainingStep step, RandomSource random, Examples training, Examples? validation, UnitChanges? changes, Stopwatch clock)
    {
        var layerLosses = new LossMeter(network.Shape.HiddenUnits.Count);
        var reconstructionLosses = new LossMeter(network.Feedback.Count);
        var stepsPerEpoch = (training.Rows + _settings.BatchSize - 1) / _settings.BatchSize;
        var (loss, mistakes, weight) = (0.0, 0.0, 0.0);
        var done = 0L;
        foreach (var batch in training.Shuffled(_settings.BatchSize, random))
        {
            _checkAlive();
            var factor = LearningRateSchedule.Factor(_settings.Schedule, (epoch - 1) * stepsPerEpoch + done, _settings.MaxEpochs * stepsPerEpoch);
            var look = done % StepsBetweenLosses == 0;
            // Feedback learns at every k-th step only, so its look is a window of k steps. A feedback rate that is far too high shows in
            // the first steps of all, before the targets have carried it into the forward maps.
            var lookAtFeedback = done % StepsBetweenLosses < _settings.FeedbackInterval || (epoch == 1 && done < StepsBetweenLosses);
            var worstReconstruction = Worst(reconstructionLosses);
            var pass = step.Run(batch, factor, look ? layerLosses : null, lookAtFeedback ? reconstructionLosses : null);
            var sums = Evaluation.BatchSums(network.Shape.Output, pass.Activities[pass.OutputLayer], batch);
            loss += sums.Loss;
            mistakes += sums.Mistakes;
            weight += sums.Weight;
            done++;
            CheckConverging(epoch, done, loss / weight, worstReconstruction, network);
        }
        var measured = validation is null ? (Evaluation?)null : Evaluation.Of(network, validation);
        return new(
            epoch, _settings.MaxEpochs, loss / weight, mistakes / weight, measured?.Loss, measured?.Error,
            layerLosses.Means(), reconstructionLosses.Means(), _inspect?.Invoke(network), clock.Elapsed) { UnitChanges = changes?.SinceLastCall() ?? [] };
    }

    private static double Worst(LossMeter reconstructionLosses) =>
        reconstructionLosses.Means().Select(l => double.IsFinite(l) ? l : double.PositiveInfinity).DefaultIfEmpty(0).Max();

    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="loss">Mean log-loss of the epoch so far.</param>
    /// <param name="reconstruction">
    /// The worst reconstruction loss before this step. A feedback map that has run away takes the targets with it, and the forward maps
    /// with these: perhaps into a log-loss that grows, perhaps only into one that stays where it is.
    /// </param>
    /// <param name="network">What is trained.</param>
    private void CheckConverging(int epoch, long step, double loss, double reconstruction, TargetPropNetwork network)
    {
        var blindGuess = Math.Log(Math.Max(2, network.Shape.OutputUnits));
        if (reconstruction > RanAwayLoss)
            throw Diverged(epoch, step, $"a feedback map has a reconstruction loss of {reconstruction:G4}", "Feedback.LearningRate", _settings.FeedbackLearningRate);
        if (!double.IsFinite(loss) || loss > DivergedLoss * blindGuess)
            throw Diverged(epoch, step, $"the mean log-loss is {loss:G4}, a blind guess has {blindGuess:G4}", "LearningRate", _settings.LearningRate);
    }

    private TrainingDivergedException Diverged(int epoch, long step, FormattableString what, string option, double value) => new(
        string.Create(CultureInfo.InvariantCulture, $"Training diverged in epoch {epoch}, step {step}: {FormattableString.Invariant(what)}. Lower {option} (now {value:G4}), or TargetStep (now {_settings.TargetStep:G4}) when the rate is already small."));
}
