using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Every choice of a generative training, made.</summary>
internal sealed record GenerativeSettings
{
    public required int MaxEpochs { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Of Adam, for the maps in both directions.</summary>
    public required double LearningRate { get; init; }

    public required int Seed { get; init; }

    /// <summary>How the learning rate falls.</summary>
    public TargetPropSchedule Schedule { get; init; } = TargetPropSchedule.Cosine;

    /// <summary>How the E-step moves.</summary>
    public InferenceSettings Inference { get; init; } = new();

    /// <summary>Iterations of the E-step in training, whose steps are longer in proportion; null for as many as in <see cref="Inference"/>.</summary>
    public int? TrainingIterations { get; init; }

    /// <summary>How the E-step moves in training.</summary>
    public InferenceSettings TrainingInference => TrainingIterations is { } iterations ? Inference.In(iterations) : Inference;

    /// <summary>σ of the noise that the maps read in the M-step.</summary>
    public double Noise { get; init; } = 0.2;

    /// <summary>The form of p(h_M).</summary>
    public TargetPropCodePrior Prior { get; init; } = TargetPropCodePrior.FullCovariance;

    /// <summary>Factor on the variance of a prior of one Gaussian, above 0. The paper widened it by 4, which makes up for a factorised form; 1 is what was inferred.</summary>
    public double PriorWidening { get; init; } = 1;

    /// <summary>Scale b of a Laplace prior, above 0. Stated and not fitted: codes and scale would shrink each other to nothing.</summary>
    public double PriorScale { get; init; } = 0.5;

    /// <summary>Gaussians of a mixture.</summary>
    public int PriorComponents { get; init; } = 50;

    /// <summary>What the M-step learns from.</summary>
    public TargetPropMaximization Maximization { get; init; } = TargetPropMaximization.FinalValues;

    /// <summary>Epochs without a lower validation error after which training stops; 0 for never.</summary>
    public int EarlyStoppingPatience { get; init; }
}

/// <summary>A trained model and what was measured on the way.</summary>
/// <param name="Model">After the last epoch, or after the best one when training may stop early.</param>
/// <param name="Epochs">Every epoch that was run.</param>
/// <param name="BestEpoch">The epoch that the model is from.</param>
internal sealed record GenerativeResult(GenerativeSnapshot Model, IReadOnlyList<TargetPropGenerativeEpochMetrics> Epochs, int BestEpoch);

/// <summary>Variational EM with local steps: E-step and M-step on every mini-batch, then the variances and the prior.</summary>
internal sealed class GenerativeTraining : ITrainee<TargetPropGenerativeEpochMetrics>, IDisposable
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
    private readonly HiddenEntries? _validation;
    private readonly LocalMaximization _maximization;
    private double _squares;
    private long _entries;

    private GenerativeTraining(
        GenerativeNetwork network, VisibleScale scale, RandomSource random, Tensor visible, GenerativeSettings settings, Action checkAlive, Tensor? validation)
    {
        (_network, _scale, _random, _settings, _checkAlive) = (network, scale, random, settings, checkAlive);
        _missing = visible.isnan();
        _rows = scale.ToModel(visible, _missing);
        // Asked once, not in every step.
        _hasGaps = _missing.any().ToBoolean();
        _validation = validation is null ? null : new(validation, scale, settings.Inference, settings.Seed);
        _maximization = new(network);
        // The only prior that exists before the codes.
        if (settings.Prior == TargetPropCodePrior.Laplace && settings.Inference.PriorStep > 0)
            network.Prior = Laplace(network.Shape, settings).Pull(settings.Inference.PriorStep, visible.device);
    }

    public long Rows => _rows.shape[0];

    public string? Divergence => double.IsFinite(_squares) ? null
        : string.Create(CultureInfo.InvariantCulture, $"the reconstruction error is {_squares}. Lower LearningRate (now {_settings.LearningRate:G4}).");

    /// <summary>Trains a new model.</summary>
    /// <param name="shape">Its layers.</param>
    /// <param name="visible"><c>[rows, columns]</c> in the user's units; NaN where missing, and inferred in training.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="onEpoch">Told of every epoch when it ends.</param>
    /// <param name="checkAlive">Called before every step; throws to cancel.</param>
    /// <param name="validation">Rows to measure after every epoch, like <paramref name="visible"/>; or null.</param>
    /// <exception cref="ArgumentException">No rows, the wrong width, or a column without any entry.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="TrainingDivergedException">The maps ran away.</exception>
    public static GenerativeResult Run(
        GenerativeShape shape, Tensor visible, GenerativeSettings settings, Action<TargetPropGenerativeEpochMetrics>? onEpoch, Action checkAlive, Tensor? validation = null)
    {
        Check(shape, visible, settings);
        using var guard = no_grad();
        using var random = new RandomSource(settings.Seed, visible.device);
        using var network = new GenerativeNetwork(shape, visible.device);
        LayerInitializer.Initialize(network.InferenceParameters.Maps.Concat(network.GenerativeParameters.Maps), random);
        return Run(network, VisibleScale.Learn(shape.Visible, visible), random, visible, settings, onEpoch, checkAlive, validation);
    }

    /// <summary>Continues from a trained model: its maps are the first maps, and its columns keep their scale.</summary>
    /// <inheritdoc cref="Run(GenerativeShape, Tensor, GenerativeSettings, Action{TargetPropGenerativeEpochMetrics}?, Action, Tensor?)"/>
    public static GenerativeResult Run(
        GenerativeSnapshot start, Tensor visible, GenerativeSettings settings, Action<TargetPropGenerativeEpochMetrics>? onEpoch, Action checkAlive, Tensor? validation = null)
    {
        Check(start.Shape, visible, settings);
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
        using var training = new GenerativeTraining(network, scale, random, visible, settings, checkAlive, validation);
        var plan = new TrainingPlan(settings.MaxEpochs, settings.BatchSize, settings.Schedule, settings.EarlyStoppingPatience);
        var (epochs, bestEpoch) = new TrainingRun(plan, checkAlive).Fit(training, random, onEpoch);
        return new(training.Snapshot(), epochs, bestEpoch);
    }

    public void BeginEpoch() => (_squares, _entries) = (0, 0);

    public void Step(in MiniBatch batch)
    {
        using var threads = WorkSharing.OneThreadFor(_settings.BatchSize * _network.InferenceParameters.Maps.Max(m => m.Shape.Parameters));
        var chosen = batch.IndexOn(_rows.device);
        var gaps = _hasGaps ? _missing.index_select(0, chosen) : null;
        var path = _settings.Maximization == TargetPropMaximization.Increments ? new InferencePath() : null;
        var h = IteratedInference.Run(_network, _rows.index_select(0, chosen), _settings.TrainingInference, gaps, path is null ? null : path.Add);
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
            // What is missing is latent too: it is refilled from what was inferred, for this step and for the next epoch.
            h[0] = where(gaps, generated!, h[0]);
            _rows.index_copy_(0, chosen, h[0]);
        }
        var learningRate = _settings.LearningRate * batch.RateFactor;
        if (path is null)
            _maximization.Step(h, gaps, _settings.Noise, _random, learningRate);
        else
            _maximization.Step(path, gaps, learningRate);
    }

    public (TargetPropGenerativeEpochMetrics Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
    {
        var validationError = _validation?.Error(_network, _checkAlive);
        return (new(end.Epoch, end.MaxEpochs, _squares / _entries, validationError, end.Elapsed), validationError);
    }

    public Action KeepParameters() => _network.KeepParameters();

    /// <summary>The squared error over the observed entries, and how many they are.</summary>
    private static (double Squares, long Entries) Error(Tensor generated, Tensor visible, Tensor? gaps)
    {
        using var scope = NewDisposeScope();
        var error = generated.sub(visible);
        if (gaps is not null)
            error.ZeroInPlace(gaps);
        return (error.mul_(error).sum().ToDouble(), gaps is null ? error.numel() : gaps.logical_not().sum().ToInt64());
    }

    /// <summary>The trained model: one more E-step over all rows measures the variances and fits the prior.</summary>
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
            statistics.InferenceVariances(StatedVariances.Inference(_settings.Inference, _settings.Noise)),
            statistics.GenerationVariances(StatedVariances.Generation(_settings.Inference, _settings.Noise)), prior);
    }

    private static PriorParameters Laplace(GenerativeShape shape, GenerativeSettings settings) => PriorParameters.Laplace(shape.Units(shape.Top), settings.PriorScale);

    private static void Check(GenerativeShape shape, Tensor visible, GenerativeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.MaxEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.BatchSize, 1);
        if (!(settings.LearningRate > 0 && double.IsFinite(settings.LearningRate)))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.LearningRate, "LearningRate must be above 0.");
        if (!(settings.Noise >= 0 && double.IsFinite(settings.Noise)))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.Noise, "Noise must be at least 0.");
        if (!(settings.PriorWidening > 0 && double.IsFinite(settings.PriorWidening)))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.PriorWidening, "PriorWidening must be above 0.");
        if (!(settings.PriorScale > 0 && double.IsFinite(settings.PriorScale)))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.PriorScale, "PriorScale must be above 0.");
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.PriorComponents, 1);
        if (settings.TrainingIterations is { } iterations)
        {
            // A Laplace prior pulls in training too, and by the steps that the trained model takes.
            var fewest = settings.Prior == TargetPropCodePrior.Laplace ? settings.Inference.Iterations : settings.Inference.FewestIterations;
            ArgumentOutOfRangeException.ThrowIfLessThan(iterations, fewest);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, settings.Inference.Iterations);
        }
        if (visible.shape[0] == 0)
            throw new ArgumentException("There is no row to learn from.", nameof(visible));
        if (visible.shape[1] != shape.VisibleUnits)
            throw new ArgumentException($"The rows have {visible.shape[1]} columns, the model {shape.VisibleUnits}.", nameof(visible));
    }

    public void Dispose()
    {
        _maximization.Dispose();
        _validation?.Dispose();
    }
}
