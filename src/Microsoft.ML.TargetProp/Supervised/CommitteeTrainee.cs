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
    private readonly RowParts? _parts;
    private readonly UnitChanges? _changes;
    private readonly double _blindGuess;
    private double _reconstructionBefore;
    private (double Loss, double Mistakes, double Weight) _sums;
    private (double Loss, double Weight) _blindSums;

    /// <param name="committee">The networks; not owned.</param>
    /// <param name="plans">Their plans, in the same order.</param>
    /// <param name="settings">The choices.</param>
    /// <param name="sources">The random numbers of every member; not owned.</param>
    /// <param name="training">The rows to learn from.</param>
    /// <param name="validation">The rows to measure after every epoch, or null.</param>
    /// <param name="parts">The parts of the training rows that members leave out, or null.</param>
    /// <param name="inspect">Looks at the first member at the end of every epoch without changing it; null for no look.</param>
    public CommitteeTrainee(
        Committee committee, IReadOnlyList<MemberPlan> plans, ClassifierSettings settings, IReadOnlyList<RandomSource> sources, Examples training,
        Examples? validation, RowParts? parts, Func<TargetPropNetwork, TargetPropDiagnosticsReport>? inspect)
    {
        (_committee, _settings, _training, _validation, _parts, _inspect) = (committee, settings, training, validation, parts, inspect);
        _members = [.. committee.Members.Select((network, m) => new Member(network, plans[m], settings, sources[m], training.Sparse is not null))];
        _blindGuess = committee.Shape.Regression?.BlindGuess(training.Labels, training.Weights) is { } all
            ? all.Loss / all.Weight
            : Math.Log(Math.Max(2, committee.Shape.OutputUnits));
        _changes = committee.Shape.Signal.IsDiscrete ? new(committee.Members[0], training) : null;
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
            // The rows of this epoch so far may hold a label that is far off. A blind guess is as bad there.
            var blindGuess = Math.Max(_blindGuess, _blindSums.Weight > 0 ? _blindSums.Loss / _blindSums.Weight : 0);
            return _reconstructionBefore > DivergedReconstruction
                ? Reason($"a feedback map has a reconstruction loss of {_reconstructionBefore:G4}", "Feedback.LearningRate", _settings.FeedbackLearningRate)
                : !double.IsFinite(loss) || loss > DivergedLoss * blindGuess
                ? Reason($"the mean {(_committee.Shape.Regression is null ? "log-loss" : "loss")} is {loss:G4}, a blind guess has {blindGuess:G4}", "LearningRate", _settings.LearningRate)
                : null;
        }
    }

    public void BeginEpoch()
    {
        foreach (var member in _members)
            member.BeginEpoch();
        (_sums, _blindSums) = (default, default);
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
        var batches = BatchesOf(rows, batch.Rows.Span);
        void Step(int m) => _members[m].Step(batches[m], rateFactor, measuresLayers, measuresFeedback);

        // Members are independent of each other, so they can learn side by side.
        if (_members.Length > 1 && TensorMemory.IsPlain(rows.Features) && _committee.Device.type == DeviceType.CPU)
            OpenMpTeam.Run(_members.Length, Step);
        else
            for (var m = 0; m < _members.Length; m++)
                Step(m);
        foreach (var member in _members)
            _sums = (_sums.Loss + member.Sums.Loss, _sums.Mistakes + member.Sums.Mistakes, _sums.Weight + member.Sums.Weight);
        if (_committee.Shape.Regression?.BlindGuess(rows.Labels, rows.Weights) is { } blind)
            _blindSums = (_blindSums.Loss + blind.Loss, _blindSums.Weight + blind.Weight);
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

    /// <summary>
    /// The rows of a step as each member reads them. Members of the same encoding share them, and those that leave out the same part too. Where pictures
    /// are moved, each member moves and encodes them itself.
    /// </summary>
    private Batch[] BatchesOf(Batch rows, ReadOnlySpan<long> numbers)
    {
        var inputs = new SharedInputs(rows.Features, _training.AreRaw && _settings.Augmentation is null, _committee.Device);
        var kept = new long[_parts?.Count ?? 0][];
        for (var part = 0; part < kept.Length; part++)
            kept[part] = _parts!.PlacesOutside(numbers, part);
        var batches = new Batch[_members.Length];
        for (var m = 0; m < batches.Length; m++)
        {
            var all = rows with { Features = inputs.Of(_committee.Members[m].Encoding) };
            var leftOut = _members[m].LeftOut;
            var twin = Array.FindIndex(_members, 0, m, other => other.LeftOut == leftOut && other.Encoding == _members[m].Encoding);
            batches[m] = twin >= 0 ? batches[twin] : leftOut is { } part ? all.Select(kept[part]) : all;
        }
        return batches;
    }

    /// <summary>The mean of a list over the members.</summary>
    private double[] Mean(Func<Member, IReadOnlyList<double>> losses)
    {
        var all = Array.ConvertAll(_members, member => losses(member));
        // A member that left out every measured row has no losses.
        var measured = Array.FindAll(all, list => list.Count > 0);
        return measured.Length == 0 ? [] : [.. measured[0].Select((_, i) => measured.Average(list => list[i]))];
    }

    private string Reason(FormattableString found, string option, double value) => string.Create(CultureInfo.InvariantCulture,
        $"{FormattableString.Invariant(found)}. Lower {option} (now {value:G4}), or TargetStep (now {_settings.TargetStep:G4}) when the rate is already small.");

    /// <summary>One network with its step and its losses.</summary>
    private sealed class Member(TargetPropNetwork network, MemberPlan plan, ClassifierSettings settings, RandomSource random, bool readsSparseRows) : IDisposable
    {
        private readonly ClassifierStep _step = new(network, settings with { WeightDecay = plan.WeightDecay, InputDropout = plan.InputDropout }, random, readsSparseRows);

        public int? LeftOut => plan.LeftOut;

        public ColumnEncoding? Encoding => network.Encoding;

        /// <summary>The losses of the hidden layers in this epoch.</summary>
        public LossMeter LayerLosses { get; private set; } = new(0);

        /// <summary>The losses of the feedback maps in this epoch.</summary>
        public LossMeter ReconstructionLosses { get; private set; } = new(0);

        /// <summary>The loss, the mistakes and the weight of the rows of the last step, before it changed the network.</summary>
        public (double Loss, double Mistakes, double Weight) Sums { get; private set; }

        public void BeginEpoch()
        {
            LayerLosses = new(network.Shape.HiddenUnits.Count);
            ReconstructionLosses = new(network.Feedback.Count);
        }

        /// <summary>Learns from one batch. A batch may be empty, where all of its rows are left out.</summary>
        public void Step(Batch rows, double rateFactor, bool measuresLayers, bool measuresFeedback)
        {
            Sums = default;
            if (rows.Rows == 0)
                return;
            using var scope = NewDisposeScope();
            var pass = _step.Run(rows, rateFactor, measuresLayers ? LayerLosses : null, measuresFeedback ? ReconstructionLosses : null);
            Sums = Evaluation.BatchSums(network.Shape, pass.Activities[pass.OutputLayer], rows);
        }

        public double WorstReconstruction() =>
            ReconstructionLosses.Means().Select(l => double.IsFinite(l) ? l : double.PositiveInfinity).DefaultIfEmpty(0).Max();

        public void Dispose() => _step.Dispose();
    }
}
