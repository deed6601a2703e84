using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Every choice of the completion maps' training.</summary>
internal sealed record CompletionTrainingSettings : TrainingPlan
{
    /// <summary>Units of the code of every round; at least one round.</summary>
    public required IReadOnlyList<int> HiddenUnits { get; init; }

    /// <summary>Learning rate of Adam at the start; it falls along a cosine.</summary>
    public required double LearningRate { get; init; }

    public required int Seed { get; init; }

    /// <summary>Pixels in a line of the picture that the first columns are; 0 when they are no picture.</summary>
    public int ImageWidth { get; init; }

    /// <summary>Lines of the picture; 0 for as many whole lines as the columns make. Columns after the picture are a second modality.</summary>
    public int ImageHeight { get; init; }

    public TargetPropActivation Activation { get; init; } = TargetPropActivation.Relu;

    /// <summary>Weight decay at every step, as a part of the learning rate.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>
/// Trains the completion maps on rows with masked entries, docs/algorithm.md (10.4). They are a second set of maps beside the layers of the
/// generative model, and by default they fill the gaps. Every round learns from its own error only. Its refilling map takes a gradient step on that
/// error. Its inference map takes a step towards a code that is corrected with the error times the transpose of the refilling map. This is
/// back-propagation through one linear map.
/// </summary>
internal sealed class CompletionTrainer : ITrainee<TargetPropCompletionEpochMetrics>, IDisposable
{
    /// <summary>Most rows that validate or calibrate.</summary>
    private const int MaxMeasuredRows = 2000;

    private readonly CompletionNetwork _network;
    private readonly ConditionalGaussian _gaussian;
    private readonly CompletionTrainingSettings _settings;
    private readonly Tensor _rows;
    private readonly Tensor _missing;
    private readonly Tensor _learned;
    private readonly MaskedRows? _validation;
    private readonly MaskSampler _masks;
    private readonly ParameterBuffer _inferenceUpdates;
    private readonly ParameterBuffer _refillUpdates;
    private readonly Adam _inference;
    private readonly Adam _refill;
    private double _squares;
    private long _entries;

    private CompletionTrainer(
        CompletionNetwork network, ConditionalGaussian gaussian, Tensor rows, Tensor missing, long[] learned, CompletionTrainingSettings settings, Tensor? validation, VisibleScale scale)
    {
        (_network, _gaussian, _rows, _missing, _settings) = (network, gaussian, rows, missing, settings);
        _learned = tensor(learned, device: rows.device);
        _inferenceUpdates = network.Inference.NewLike();
        _refillUpdates = network.Refill.NewLike();
        _inference = new(network.Inference, _inferenceUpdates, settings.WeightDecay);
        _refill = new(network.Refill, _refillUpdates, settings.WeightDecay);
        MaskSampler Masks() => new((int)rows.shape[1], settings.ImageWidth, new Random(settings.Seed), settings.ImageHeight);
        _masks = Masks();
        // Masks of their own: validation rows change nothing in what is learned.
        _validation = validation is null ? null : Mask(validation.narrow(0, 0, Math.Min(MaxMeasuredRows, validation.shape[0])), scale, Masks());
    }

    public long Rows => _learned.shape[0];

    public string? Divergence => double.IsFinite(_squares) ? null
        : string.Create(CultureInfo.InvariantCulture, $"the error of completed entries is {_squares}. Lower LearningRate (now {_settings.LearningRate:G4}).");

    /// <summary>Adds completion maps to a model.</summary>
    /// <param name="model">The model; its other maps stay as they are.</param>
    /// <param name="visible">Training rows, <c>[rows, columns]</c>, in the user's units; NaN where missing.</param>
    /// <param name="settings">The choices.</param>
    /// <param name="onEpoch">Called at the end of every epoch; an exception ends training.</param>
    /// <param name="checkAlive">Called before every step; throws to cancel.</param>
    /// <param name="validation">Rows to validate with after every epoch, like <paramref name="visible"/>; the first 2,000 are used. Or null.</param>
    /// <exception cref="TrainingDivergedException">The error is not finite.</exception>
    public static GenerativeSnapshot Run(
        GenerativeSnapshot model, Tensor visible, CompletionTrainingSettings settings, Action<TargetPropCompletionEpochMetrics>? onEpoch, Action checkAlive, Tensor? validation = null)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = model.Visible.ToModel(visible, missing);
        var parameters = GaussianParameters.Learn(rows, missing);
        using var gaussian = new ConditionalGaussian(parameters, rows.device);
        using var random = new RandomSource(settings.Seed, rows.device);
        using var network = new CompletionNetwork(model.Shape.Visible, settings.HiddenUnits, Activation.Of(settings.Activation), rows.device);
        // The refilling maps stay at 0, so that training begins with the completion of the Gaussian.
        LayerInitializer.Initialize(network.Inference.Maps, random);
        var (calibration, learned) = Split(rows.shape[0], random);
        using var training = new CompletionTrainer(network, gaussian, rows, missing, learned, settings, validation, model.Visible);
        new TrainingRun(settings, checkAlive, "Training on masked rows").Fit(training, random, onEpoch);
        var (stepScale, errorScale) = training.Calibrate(tensor(calibration, device: rows.device), model.Shape.Visible);
        return model with { Completion = new(settings.ImageWidth, settings.ImageHeight, parameters, network.Inference.ToMaps(), network.Refill.ToMaps(), stepScale, errorScale) };
    }

    /// <summary>
    /// Sets a tenth of the rows aside for calibration: 20 to 2,000, and at most half. The set is repeated up to about 2,000 rows, each time with
    /// other entries masked.
    /// </summary>
    private static (long[] Calibration, long[] Learned) Split(long count, RandomSource random)
    {
        var order = random.Permutation(count);
        var held = (int)Math.Clamp(count / 10, Math.Min(20, (count + 1) / 2), MaxMeasuredRows);
        long[] repeated = [.. Enumerable.Range(0, Math.Max(1, MaxMeasuredRows / held) * held).Select(i => order[i % held])];
        return (repeated, held == count ? order : order[held..]);
    }

    public void BeginEpoch() => (_squares, _entries) = (0, 0);

    public void Step(in MiniBatch batch)
    {
        using var threads = WorkSharing.OneThreadFor(_settings.BatchSize * _network.Inference.Maps.Max(m => m.Shape.Parameters));
        var chosen = _learned.index_select(0, batch.IndexOn(_rows.device));
        ComputeUpdates(_rows.index_select(0, chosen), _missing.index_select(0, chosen));
        _inference.Step(_settings.LearningRate * batch.RateFactor);
        _refill.Step(_settings.LearningRate * batch.RateFactor);
    }

    /// <summary>Masks known entries, completes them round by round, and computes the updates of every round from its own error, (10.4).</summary>
    private void ComputeUpdates(Tensor target, Tensor missing)
    {
        var (gaps, masked) = _masks.Mask(missing);
        var unmasked = masked.logical_not();
        var x = _network.Clamped(_gaussian.Fill(target, gaps));
        Tensor? code = null;
        for (var round = 0; round < _network.Rounds; round++)
        {
            (var input, code, var correction) = _network.Round(round, x, gaps, code);
            x = _network.Corrected(x, gaps, correction);
            var error = x.sub(target).ZeroInPlace(unmasked);
            // The error times the transpose of g_r: half the gradient of the squared error with respect to h_r, clamping aside. f_r learns towards h_r minus this.
            var codeError = error.mm(_network.Refill.Maps[round].Weight);
            if (round == _network.Rounds - 1)
                _squares += error.mul(error).sum().ToDouble();
            LocalUpdate.SquaredError(_refillUpdates.Maps[round], code, error, code, weights: null);
            LocalUpdate.SquaredError(_inferenceUpdates.Maps[round], code, codeError, input, weights: null);
        }
        _entries += masked.sum().ToInt64();
    }

    public (TargetPropCompletionEpochMetrics Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
    {
        var validationError = _validation is null ? (double?)null : Error(_validation);
        return (new(end, _squares / Math.Max(1, _entries), validationError), validationError);
    }

    public Action KeepParameters() => _network.KeepParameters();

    /// <summary>Validation rows with masked entries, the same in every epoch.</summary>
    /// <param name="Start">The rows with their gaps filled by the Gaussian, <c>[rows, columns]</c>.</param>
    /// <param name="Target">The rows before masking.</param>
    /// <param name="Gaps">True at missing and masked entries.</param>
    /// <param name="Masked">True at masked entries.</param>
    private sealed record MaskedRows(Tensor Start, Tensor Target, Tensor Gaps, Tensor Masked);

    private MaskedRows Mask(Tensor validation, VisibleScale scale, MaskSampler masks)
    {
        var missing = validation.isnan();
        var target = scale.ToModel(validation, missing);
        var (gaps, masked) = masks.Mask(missing);
        return new(_network.Clamped(_gaussian.Fill(target, gaps)), target, gaps, masked);
    }

    /// <summary>Mean squared error of the masked entries.</summary>
    private double Error(MaskedRows rows)
    {
        using var scope = NewDisposeScope();
        var error = _network.Completed(rows.Start, rows.Gaps, _network.Rounds).sub_(rows.Target).ZeroInPlace(rows.Masked.logical_not());
        return error.mul_(error).to(ScalarType.Float64).sum().ToDouble() / Math.Max(1, rows.Masked.sum().ToInt64());
    }

    private (float[] StepScale, float[] ErrorScale) Calibrate(Tensor chosen, IReadOnlyList<TargetPropVisibleUnits> visible)
    {
        using var scope = NewDisposeScope();
        var (gaps, masked) = _masks.Mask(_missing.index_select(0, chosen));
        return new CompletionCalibration(_network, _gaussian, visible).Calibrate(_rows.index_select(0, chosen), gaps, masked);
    }

    public void Dispose()
    {
        _inference.Dispose();
        _refill.Dispose();
        _inferenceUpdates.Dispose();
        _refillUpdates.Dispose();
    }
}

/// <summary>How the maps that complete rows are trained, by the size of the data. The values were chosen on held-out rows.</summary>
internal static class CompletionDefaults
{
    /// <summary>The number of epochs that <see cref="Of"/> chooses, in words.</summary>
    public static readonly string EpochsText = $"15 from {ManyRows} rows and {ManyColumns} columns on, otherwise {MinSteps} mini-batches in all, in {MinEpochs} to {MaxEpochs} epochs";

    private const long ManyRows = 10_000;

    private const int ManyColumns = 100;

    private const int MinEpochs = 20;

    private const int MaxEpochs = 300;

    /// <summary>Steps of the optimiser on a small table, however few rows it has.</summary>
    private const long MinSteps = 9000;

    /// <param name="rows">Training rows.</param>
    /// <param name="columns">Columns of the vector.</param>
    /// <param name="imageWidth">Pixels in a line of the picture that the columns are; 0 when they are no picture.</param>
    /// <param name="seed">Seed of everything random.</param>
    public static CompletionTrainingSettings Of(long rows, int columns, int imageWidth = 0, int seed = 0)
    {
        // Many rows of a picture: 15 passes over 50,000 rows of 784 columns take about 5 minutes of one core.
        if (rows >= ManyRows && columns >= ManyColumns)
            return new() { HiddenUnits = [800, 800], MaxEpochs = 15, BatchSize = 128, LearningRate = 0.0007, ImageWidth = imageWidth, Seed = seed };
        var batch = rows >= ManyRows ? 128 : 32;
        // 0.1 was as good as 0.01 or better within the spread, on draws (seeds 4 to 6) that the study imputation does not report. It has not been measured on many rows.
        var decay = rows >= ManyRows ? 0.01 : 0.1;
        var units = Math.Clamp(16 * columns, 64, 256);
        var epochs = (int)Math.Clamp(MinSteps * batch / Math.Max(1, rows), MinEpochs, MaxEpochs);
        return new()
        {
            HiddenUnits = [units, units], MaxEpochs = epochs, BatchSize = batch, LearningRate = 0.002, WeightDecay = decay, ImageWidth = imageWidth, Seed = seed,
        };
    }
}
