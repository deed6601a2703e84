using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Every choice of a generative model's training.</summary>
internal sealed record GenerativeSettings : TrainingPlan
{
    /// <summary>Learning rate of Adam for the maps in both directions.</summary>
    public required double LearningRate { get; init; }

    public required int Seed { get; init; }

    /// <summary>The E-step of the trained model.</summary>
    public InferenceSettings Inference { get; init; } = new();

    /// <summary>Iterations of the E-step in training, with steps longer in proportion; null for the iterations of <see cref="Inference"/>.</summary>
    public int? TrainingIterations { get; init; }

    /// <summary>The E-step in training.</summary>
    public InferenceSettings TrainingInference => TrainingIterations is { } iterations ? Inference.In(iterations) : Inference;

    /// <summary>σ of the noise added to the input of every map in the M-step.</summary>
    public double Noise { get; init; } = 0.2;

    /// <summary>The form of p(h_M).</summary>
    public TargetPropCodePrior Prior { get; init; } = TargetPropCodePrior.FullCovariance;

    /// <summary>
    /// Factor on the variances of a prior of one Gaussian, above 0. 1 keeps the variances of the inferred codes. The paper takes 4, which makes up
    /// for its factorised form.
    /// </summary>
    public double PriorWidening { get; init; } = 1;

    /// <summary>Scale b of a Laplace prior, above 0. It is given, not fitted, because codes and a fitted scale would shrink each other to 0.</summary>
    public double PriorScale { get; init; } = 0.5;

    /// <summary>Number of Gaussians of a mixture.</summary>
    public int PriorComponents { get; init; } = 50;

    /// <summary>The values that the M-step learns from.</summary>
    public TargetPropMaximization Maximization { get; init; } = TargetPropMaximization.FinalValues;
}

/// <summary>A trained model and the metrics of its training.</summary>
/// <param name="Model">The model of the last epoch, or of the best one when the training could stop early.</param>
/// <param name="Epochs">Metrics of every epoch, in order.</param>
/// <param name="BestEpoch">The epoch that the model is from, from 1.</param>
internal sealed record GenerativeResult(GenerativeSnapshot Model, IReadOnlyList<TargetPropGenerativeEpochMetrics> Epochs, int BestEpoch)
    : TrainingOutcome<TargetPropGenerativeEpochMetrics>(Epochs, BestEpoch);

/// <summary>
/// Trains a generative model by variational EM with local steps: an E-step and an M-step on every mini-batch. The variances and the prior are
/// measured after the last epoch.
/// </summary>
internal sealed class GenerativeTrainer : ITrainee<TargetPropGenerativeEpochMetrics>, IDisposable
{
    private const int RowsAtOnce = 1000;

    /// <summary>The reconstruction error is measured in every n-th step: it costs a product of the widest map.</summary>
    private const int StepsBetweenErrors = 4;

    private readonly GenerativeNetwork _network;
    private readonly VisibleScale _scale;
    private readonly RandomSource _random;
    private readonly GenerativeSettings _settings;
    private readonly Action _checkAlive;
    private readonly Tensor _rows;
    private readonly Tensor _missing;
    private readonly bool _hasGaps;
    private readonly MaskedEntries? _validation;
    private readonly LocalMaximization _maximization;
    private double _squares;
    private long _entries;

    private GenerativeTrainer(
        GenerativeNetwork network, VisibleScale scale, RandomSource random, Tensor visible, GenerativeSettings settings, Action checkAlive, Tensor? validation)
    {
        (_network, _scale, _random, _settings, _checkAlive) = (network, scale, random, settings, checkAlive);
        _missing = visible.isnan();
        _rows = scale.ToModel(visible, _missing);
        // Computed once, because the answer costs a pass over the table.
        _hasGaps = _missing.any().ToBoolean();
        _validation = validation is null ? null : new(validation, scale, settings.Inference, settings.Seed);
        _maximization = new(network);
        // Only a Laplace prior exists before the codes do.
        if (settings.Prior == TargetPropCodePrior.Laplace && settings.Inference.PriorStep > 0)
            network.PriorOperator = Laplace(network.Shape, settings).ProximalOperator(settings.Inference.PriorStep, visible.device);
    }

    public long Rows => _rows.shape[0];

    public string? Divergence => double.IsFinite(_squares) ? null
        : string.Create(CultureInfo.InvariantCulture, $"the reconstruction error is {_squares}. Lower LearningRate (now {_settings.LearningRate:G4}).");

    /// <summary>Trains a new model.</summary>
    /// <param name="shape">The layers.</param>
    /// <param name="visible">Training rows, <c>[rows, columns]</c>, in the user's units; NaN where missing. Missing entries are inferred.</param>
    /// <param name="settings">The choices, in the ranges of the options.</param>
    /// <param name="onEpoch">Called at the end of every epoch; an exception ends training.</param>
    /// <param name="checkAlive">Called before every step; throws to cancel.</param>
    /// <param name="validation">Rows to validate with after every epoch, like <paramref name="visible"/>; or null.</param>
    /// <exception cref="ArgumentException">There are no rows, they have the wrong width, or a column has no observed entry.</exception>
    /// <exception cref="TrainingDivergedException">The reconstruction error is not finite.</exception>
    public static GenerativeResult Run(
        GenerativeShape shape, Tensor visible, GenerativeSettings settings, Action<TargetPropGenerativeEpochMetrics>? onEpoch, Action checkAlive, Tensor? validation = null)
    {
        Check(shape, visible);
        using var guard = no_grad();
        using var random = new RandomSource(settings.Seed, visible.device);
        using var network = new GenerativeNetwork(shape, visible.device);
        LayerInitializer.Initialize(network.InferenceParameters.Maps.Concat(network.GenerativeParameters.Maps), random);
        return Run(network, VisibleScale.Learn(shape.Visible, visible), random, visible, settings, onEpoch, checkAlive, validation);
    }

    /// <summary>Continues the training of a model from its maps, with its scale of the columns.</summary>
    /// <inheritdoc cref="Run(GenerativeShape, Tensor, GenerativeSettings, Action{TargetPropGenerativeEpochMetrics}?, Action, Tensor?)"/>
    public static GenerativeResult Run(
        GenerativeSnapshot start, Tensor visible, GenerativeSettings settings, Action<TargetPropGenerativeEpochMetrics>? onEpoch, Action checkAlive, Tensor? validation = null)
    {
        Check(start.Shape, visible);
        using var guard = no_grad();
        using var random = new RandomSource(settings.Seed, visible.device);
        using var network = GenerativeNetwork.FromSnapshot(start, visible.device);
        return Run(network, start.Visible, random, visible, settings, onEpoch, checkAlive, validation);
    }

    private static GenerativeResult Run(
        GenerativeNetwork network, VisibleScale scale, RandomSource random, Tensor visible, GenerativeSettings settings,
        Action<TargetPropGenerativeEpochMetrics>? onEpoch, Action checkAlive, Tensor? validation)
    {
        using var scope = NewDisposeScope();
        using var training = new GenerativeTrainer(network, scale, random, visible, settings, checkAlive, validation);
        var (epochs, bestEpoch) = new TrainingRun(settings, checkAlive).Fit(training, random, onEpoch);
        return new(training.Snapshot(), epochs, bestEpoch);
    }

    public void BeginEpoch() => (_squares, _entries) = (0, 0);

    public void Step(in MiniBatch batch)
    {
        using var threads = WorkSharing.OneThreadFor(_settings.BatchSize * _network.InferenceParameters.Maps.Max(m => m.Shape.Parameters));
        var chosen = batch.IndexOn(_rows.device);
        var gaps = _hasGaps ? _missing.index_select(0, chosen) : null;
        var path = _settings.Maximization == TargetPropMaximization.Increments ? new List<Tensor[]>() : null;
        var h = IteratedInference.Run(_network, _rows.index_select(0, chosen), _settings.TrainingInference, gaps,
            path is null ? null : (_, now) => path.Add([.. now.Select(layer => layer.clone())]));
        var isMeasured = batch.Step % StepsBetweenErrors == 0;
        var generated = gaps is not null || isMeasured ? _network.Down(1, h[1]) : null;
        if (isMeasured)
        {
            var (error, observed) = Error(generated!, h[0], gaps);
            _squares += error;
            _entries += observed;
        }
        if (gaps is not null)
        {
            // Missing entries are latent too: the prediction of h_1 fills them, for this step and for the next epoch.
            h[0] = where(gaps, generated!, h[0]);
            _rows.index_copy_(0, chosen, h[0]);
        }
        var learningRate = _settings.LearningRate * batch.RateFactor;
        if (path is null)
            _maximization.Step(h, gaps, _settings.Noise, _random, learningRate);
        else
            _maximization.StepAlong(path, gaps, learningRate);
    }

    public (TargetPropGenerativeEpochMetrics Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
    {
        var validationError = _validation?.Error(_network, _checkAlive);
        return (new(end, _squares / _entries, validationError), validationError);
    }

    public Action KeepParameters() => _network.KeepParameters();

    /// <summary>The squared error over the observed entries, and their number.</summary>
    private static (double Squares, long Entries) Error(Tensor generated, Tensor visible, Tensor? gaps)
    {
        using var scope = NewDisposeScope();
        var error = generated.sub(visible);
        if (gaps is not null)
            error.ZeroInPlace(gaps);
        return (error.mul_(error).sum().ToDouble(), gaps is null ? error.numel() : gaps.logical_not().sum().ToInt64());
    }

    /// <summary>The trained model. One more E-step over all rows measures the variances and fits the prior.</summary>
    private GenerativeSnapshot Snapshot()
    {
        using var scope = NewDisposeScope();
        var codes = new List<Tensor>();
        using var statistics = new CodeStatistics(_network);
        for (var start = 0L; start < _rows.shape[0]; start += RowsAtOnce)
        {
            _checkAlive();
            using var block = NewDisposeScope();
            var length = Math.Min(RowsAtOnce, _rows.shape[0] - start);
            var gaps = _missing.narrow(0, start, length);
            var h = IteratedInference.Run(_network, _rows.narrow(0, start, length), _settings.Inference, gaps);
            statistics.Add(h, gaps);
            if (_settings.Prior == TargetPropCodePrior.Mixture)
                codes.Add(h[^1].MoveToOuterDisposeScope());
        }
        var prior = _settings.Prior switch
        {
            TargetPropCodePrior.Laplace => Laplace(_network.Shape, _settings),
            TargetPropCodePrior.Mixture => MixturePrior.Fit(cat(codes), _settings.PriorComponents, _random),
            _ => statistics.Gaussian(_settings.Prior, _settings.PriorWidening),
        };
        return new(
            _network.Shape, _scale, _settings.Inference, _network.InferenceParameters.ToMaps(), _network.GenerativeParameters.ToMaps(),
            statistics.InferenceVariances(VariationalObjective.StatedInferenceVariance(_settings.Inference, _settings.Noise)),
            statistics.GenerationVariances(VariationalObjective.StatedGenerationVariance(_settings.Inference, _settings.Noise)), prior);
    }

    private static PriorParameters Laplace(GenerativeShape shape, GenerativeSettings settings) => PriorParameters.Laplace(shape.Units(shape.Top), settings.PriorScale);

    private static void Check(GenerativeShape shape, Tensor visible)
    {
        if (visible.shape[0] == 0)
            throw new ArgumentException("There are no rows to learn from.", nameof(visible));
        if (visible.shape[1] != shape.VisibleUnits)
            throw new ArgumentException($"The rows have {visible.shape[1]} columns; the model has {shape.VisibleUnits}.", nameof(visible));
    }

    public void Dispose()
    {
        _maximization.Dispose();
        _validation?.Dispose();
    }
}
