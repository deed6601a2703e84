using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>A committee in training: the steps of its members, and the measurements of an epoch.</summary>
internal sealed class CommitteeTrainee : ITrainee<TargetPropEpochMetrics>, IDisposable
{
    /// <summary>Layer and reconstruction losses are measured in every n-th step, because they cost a pass over the activities.</summary>
    private const int StepsBetweenLosses = 16;

    /// <summary>Training has diverged when the mean training loss is this many times that of a blind guess.</summary>
    private const double DivergedLoss = 10;

    /// <summary>A feedback map has diverged when its reconstruction loss is larger than this.</summary>
    private const double DivergedReconstruction = 1e6;

    private readonly Committee _committee;
    private readonly ClassifierSettings _settings;
    private readonly Examples _training;
    private readonly Examples? _validation;
    private readonly Func<TargetPropNetwork, TargetPropDiagnosticsReport>? _inspect;
    private readonly Member[] _members;
    private readonly UnitChanges? _changes;
    private readonly double _blindGuess;
    private double _reconstructionBefore;
    private (double Loss, double Mistakes, double Weight) _sums;

    /// <param name="committee">The networks; not owned.</param>
    /// <param name="settings">The choices.</param>
    /// <param name="sources">The random numbers of every member; not owned.</param>
    /// <param name="training">The rows to learn from.</param>
    /// <param name="validation">The rows to measure after every epoch, or null.</param>
    /// <param name="inspect">Looks at the first member at the end of every epoch without changing it; null for no look.</param>
    public CommitteeTrainee(
        Committee committee, ClassifierSettings settings, IReadOnlyList<RandomSource> sources, Examples training, Examples? validation,
        Func<TargetPropNetwork, TargetPropDiagnosticsReport>? inspect)
    {
        (_committee, _settings, _training, _validation, _inspect) = (committee, settings, training, validation, inspect);
        _members = [.. committee.Members.Zip(sources, (network, random) => new Member(network, settings, random, training.Sparse is not null))];
        _blindGuess = committee.Shape.Regression?.BlindGuess(training.Labels) ?? Math.Log(Math.Max(2, committee.Shape.OutputUnits));
        _changes = committee.Shape.Signal.IsDiscrete ? new(committee.Members[0], training, raw: settings.Augmentation is not null) : null;
    }

    public long Rows => _training.Rows;

    /// <summary>
    /// The first of two signs. A feedback map that diverges takes the targets with it, and those the forward maps: into a growing loss, or
    /// into one that stays where it is. Its loss before the last step therefore counts too.
    /// </summary>
    public string? Divergence
    {
        get
        {
            var loss = _sums.Loss / _sums.Weight;
            return _reconstructionBefore > DivergedReconstruction
                ? Reason($"a feedback map has a reconstruction loss of {_reconstructionBefore:G4}", "Feedback.LearningRate", _settings.FeedbackLearningRate)
                : !double.IsFinite(loss) || loss > DivergedLoss * _blindGuess
                ? Reason($"the mean {(_committee.Shape.Regression is null ? "log-loss" : "loss")} is {loss:G4}, a blind guess has {_blindGuess:G4}", "LearningRate", _settings.LearningRate)
                : null;
        }
    }

    public void BeginEpoch()
    {
        foreach (var member in _members)
            member.BeginEpoch();
        _sums = default;
    }

    public void Step(in MiniBatch batch)
    {
        var rows = _training.Select(batch.Rows);
        var measuresLayers = batch.Step % StepsBetweenLosses == 0;
        // Feedback learns at every k-th step, so its losses are measured in a window of k steps. In the first steps of all they are measured at
        // once: a feedback rate that is far too high shows there, before targets carry it into the forward maps.
        var measuresFeedback = batch.Step % StepsBetweenLosses < _settings.FeedbackInterval || (batch.Epoch == 1 && batch.Step < StepsBetweenLosses);
        _reconstructionBefore = _members.Max(member => member.WorstReconstruction());
        var rateFactor = batch.RateFactor;
        var logits = new Tensor[_members.Length];
        if (logits.Length > 1 && TensorMemory.IsPlain(rows.Features))
            OpenMpTeam.Run(logits.Length, m => logits[m] = _members[m].Step(rows, rateFactor, measuresLayers, measuresFeedback));
        else
            for (var m = 0; m < logits.Length; m++)
                logits[m] = _members[m].Step(rows, rateFactor, measuresLayers, measuresFeedback);
        using var average = Committee.Average(_committee.Shape.Output, logits);
        var sums = Evaluation.BatchSums(_committee.Shape, average, rows);
        _sums = (_sums.Loss + sums.Loss, _sums.Mistakes + sums.Mistakes, _sums.Weight + sums.Weight);
    }

    public (TargetPropEpochMetrics Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
    {
        var validation = _validation is null ? (Evaluation?)null : Evaluation.Of(_committee, _validation);
        var training = Evaluation.From(_committee.Shape, _sums);
        var metrics = new TargetPropEpochMetrics(end)
        {
            TrainingLoss = training.Loss,
            TrainingError = training.Error,
            ValidationLoss = validation?.Loss,
            ValidationError = validation?.Error,
            LayerLosses = Mean(member => member.LayerLosses.Means()),
            ReconstructionLosses = Mean(member => member.ReconstructionLosses.Means()),
            Diagnostics = _inspect?.Invoke(_committee.Members[0]),
            UnitChanges = _changes?.SinceLastCall() ?? [],
        };
        return (metrics, validation?.Loss);
    }

    public Action KeepParameters()
    {
        var snapshots = _committee.ToSnapshots();
        return () => _committee.Load(snapshots);
    }

    public void Dispose()
    {
        _changes?.Dispose();
        foreach (var member in _members)
            member.Dispose();
    }

    /// <summary>The mean of a list over the members.</summary>
    private double[] Mean(Func<Member, IReadOnlyList<double>> losses)
    {
        var all = Array.ConvertAll(_members, member => losses(member));
        return [.. all[0].Select((_, i) => all.Average(list => list[i]))];
    }

    private string Reason(FormattableString found, string option, double value) => string.Create(CultureInfo.InvariantCulture,
        $"{FormattableString.Invariant(found)}. Lower {option} (now {value:G4}), or TargetStep (now {_settings.TargetStep:G4}) when the rate is already small.");

    /// <summary>One network with its step and its losses.</summary>
    private sealed class Member(TargetPropNetwork network, ClassifierSettings settings, RandomSource random, bool readsSparseRows) : IDisposable
    {
        private readonly ClassifierStep _step = new(network, settings, random, readsSparseRows);

        /// <summary>The losses of the hidden layers in this epoch.</summary>
        public LossMeter LayerLosses { get; private set; } = new(0);

        /// <summary>The losses of the feedback maps in this epoch.</summary>
        public LossMeter ReconstructionLosses { get; private set; } = new(0);

        public void BeginEpoch()
        {
            LayerLosses = new(network.Shape.HiddenUnits.Count);
            ReconstructionLosses = new(network.Feedback.Count);
        }

        /// <summary>Learns from one batch.</summary>
        /// <returns>The logits before the step. The caller disposes them.</returns>
        public Tensor Step(Batch rows, double rateFactor, bool measuresLayers, bool measuresFeedback)
        {
            using var scope = NewDisposeScope();
            var pass = _step.Run(rows, rateFactor, measuresLayers ? LayerLosses : null, measuresFeedback ? ReconstructionLosses : null);
            return pass.Activities[pass.OutputLayer].DetachFromDisposeScope();
        }

        public double WorstReconstruction() =>
            ReconstructionLosses.Means().Select(l => double.IsFinite(l) ? l : double.PositiveInfinity).DefaultIfEmpty(0).Max();

        public void Dispose() => _step.Dispose();
    }
}
