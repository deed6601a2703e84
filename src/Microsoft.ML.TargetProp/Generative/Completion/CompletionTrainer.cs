using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>How the maps that complete rows are trained.</summary>
internal sealed record CompletionTrainingSettings
{
    /// <summary>Units of the code of every round; one round at least.</summary>
    public required IReadOnlyList<int> HiddenUnits { get; init; }

    public required int MaxEpochs { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Of Adam, at the start; it falls along a cosine.</summary>
    public required double LearningRate { get; init; }

    public required int Seed { get; init; }

    /// <summary>Pixels in a line of the picture that the columns are; 0 when they are none.</summary>
    public int ImageWidth { get; init; }

    /// <summary>Its lines; 0 for as many whole lines as there are columns for. Columns after them are a second modality.</summary>
    public int ImageHeight { get; init; }

    /// <summary>Epochs without a lower validation error after which training stops; 0 for never.</summary>
    public int EarlyStoppingPatience { get; init; }

    public TargetPropActivation Activation { get; init; } = TargetPropActivation.Relu;

    /// <summary>Decay of the weights at every step, as a part of the learning rate.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>
/// Trains the maps that complete rows, on rows that lose some of what is known of them. Every round is a layer pair of its own: its refilling
/// map takes a step towards the whole row, its code one towards a code that refills better, and its inference map one towards that code.
/// </summary>
internal sealed class CompletionTrainer : ITrainee<TargetPropCompletionEpochMetrics>, IDisposable
{
    /// <summary>Rows that lose the same entries: the Gaussian start is solved once for them.</summary>
    private const int RowsOfOneMask = 32;

    private const int MostJudges = 2000;

    /// <summary>Entries that the error of a column is taken to have beside its own, of the error of all columns of its kind.</summary>
    private const double BorrowedEntries = 30;

    private readonly CompletionNetwork _network;
    private readonly ConditionalGaussian _fill;
    private readonly ParameterBuffer _inferenceUpdates;
    private readonly ParameterBuffer _refillUpdates;
    private readonly Adam _inference;
    private readonly Adam _refill;
    private readonly MaskSampler _masks;
    private readonly MaskSampler _validationMasks;
    private readonly CompletionTrainingSettings _settings;
    private readonly Tensor _rows;
    private readonly Tensor _missing;
    private readonly Tensor _learned;
    private Withheld? _validation;
    private double _squares;
    private long _entries;

    private CompletionTrainer(CompletionNetwork network, ConditionalGaussian fill, Tensor rows, Tensor missing, long[] learned, CompletionTrainingSettings settings)
    {
        (_network, _fill, _rows, _missing, _settings) = (network, fill, rows, missing, settings);
        _learned = tensor(learned, device: rows.device);
        var columns = (int)rows.shape[1];
        _inferenceUpdates = network.Inference.NewLike();
        _refillUpdates = network.Refill.NewLike();
        _inference = new(network.Inference, _inferenceUpdates, settings.WeightDecay);
        _refill = new(network.Refill, _refillUpdates, settings.WeightDecay);
        _masks = new(columns, settings.ImageWidth, new Random(settings.Seed), settings.ImageHeight);
        _validationMasks = new(columns, settings.ImageWidth, new Random(settings.Seed), settings.ImageHeight);
    }

    public long Rows => _learned.shape[0];

    public string? Divergence => double.IsFinite(_squares) ? null
        : string.Create(CultureInfo.InvariantCulture, $"the error of completed entries is {_squares}. Lower LearningRate (now {_settings.LearningRate:G4}).");

    /// <summary>Gives a model maps to complete rows with.</summary>
    /// <param name="model">The model; its other maps stay as they are.</param>
    /// <param name="visible"><c>[rows, columns]</c> in the user's units; NaN where missing.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="onEpoch">Told of every epoch when it ends; what it throws ends training.</param>
    /// <param name="checkAlive">Called before every step; throws to cancel.</param>
    /// <param name="validation">Rows to measure after every epoch, like <paramref name="visible"/>, of which the first 2,000 are looked at; or null.</param>
    /// <exception cref="TrainingDivergedException">The maps ran away.</exception>
    public static GenerativeSnapshot Run(
        GenerativeSnapshot model, Tensor visible, CompletionTrainingSettings settings, Action<TargetPropCompletionEpochMetrics>? onEpoch, Action checkAlive, Tensor? validation = null)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = model.Visible.ToModel(visible, missing);
        var start = GaussianParameters.Learn(rows, missing);
        using var fill = new ConditionalGaussian(start, rows.device);
        using var random = new RandomSource(settings.Seed, rows.device);
        using var network = new CompletionNetwork(model.Shape.Visible, settings.HiddenUnits, Activation.Of(settings.Activation), rows.device);
        // The refilling maps stay at 0: training begins at the start's own completion.
        LayerInitializer.Initialize(network.Inference.Maps, random);
        var (held, learned) = Split(rows.shape[0], random);
        using var training = new CompletionTrainer(network, fill, rows, missing, learned, settings);
        training._validation = validation is null ? null : training.Withhold(validation, model.Visible);
        var plan = new TrainingPlan(settings.MaxEpochs, settings.BatchSize, TargetPropSchedule.Cosine, settings.EarlyStoppingPatience);
        new TrainingRun(plan, checkAlive, "Training on masked rows").Fit(training, random, onEpoch);
        var judging = tensor(held, device: rows.device);
        var (trust, scale) = training.Judge(rows.index_select(0, judging), missing.index_select(0, judging), model.Shape.Visible);
        return model with { Completion = new(settings.ImageWidth, settings.ImageHeight, start, network.Inference.ToMaps(), network.Refill.ToMaps(), trust, scale) };
    }

    /// <summary>
    /// A tenth of the rows, 20 to 2,000 and no more than half, judges the maps that the others have trained. They are repeated to be some 2,000:
    /// every time other entries are taken away.
    /// </summary>
    private static (long[] Held, long[] Learned) Split(long count, RandomSource random)
    {
        var order = random.Permutation(count);
        var held = (int)Math.Clamp(count / 10, Math.Min(20, (count + 1) / 2), MostJudges);
        long[] repeated = [.. Enumerable.Range(0, Math.Max(1, MostJudges / held) * held).Select(i => order[i % held])];
        return (repeated, held == count ? order : order[held..]);
    }

    public void BeginEpoch() => (_squares, _entries) = (0, 0);

    public void Step(in MiniBatch batch)
    {
        using var threads = WorkSharing.OneThreadFor(_settings.BatchSize * _network.Inference.Maps.Max(m => m.Shape.Parameters));
        var chosen = _learned.index_select(0, batch.IndexOn(_rows.device));
        var (error, count) = Step(_rows.index_select(0, chosen), _missing.index_select(0, chosen));
        _squares += error;
        _entries += count;
        _inference.Step(_settings.LearningRate * batch.RateFactor);
        _refill.Step(_settings.LearningRate * batch.RateFactor);
    }

    public (TargetPropCompletionEpochMetrics Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
    {
        var validationError = _validation is null ? (double?)null : Error(_validation);
        return (new(end.Epoch, end.MaxEpochs, _squares / Math.Max(1, _entries), validationError, end.Elapsed), validationError);
    }

    public Action KeepParameters() => _network.KeepParameters();

    /// <summary>Takes entries away, completes them round by round, and lets every round's own two maps learn from what it got wrong.</summary>
    private (double Squares, long Entries) Step(Tensor target, Tensor missing)
    {
        var (gaps, taken) = TakeAway(missing, _masks);
        var untaken = taken.logical_not();
        var x = _network.Held(_fill.Fill(target, gaps));
        Tensor? code = null;
        var squares = 0.0;
        for (var round = 0; round < _network.Rounds; round++)
        {
            var (inference, refill) = (_network.Inference.Maps[round], _network.Refill.Maps[round]);
            var reading = CompletionNetwork.Reading(x, gaps, code);
            var h = inference.Apply(reading);
            x = _network.Corrected(x, gaps, refill.Apply(h));
            var error = x.sub(target).ZeroInPlace(untaken);
            // The code's own step: −∂/∂h of ‖g(h) − error‖² through the one map g (algorithms, §1 step 2).
            var away = error.mm(refill.Weight);
            if (round == _network.Rounds - 1)
                squares = error.mul(error).sum().ToDouble();
            LocalUpdate.SquaredError(_refillUpdates.Maps[round], h, error, h, weights: null);
            LocalUpdate.SquaredError(_inferenceUpdates.Maps[round], h, away, reading, weights: null);
            code = h;
        }
        return (squares, taken.sum().ToInt64());
    }

    /// <summary>Validation rows with entries taken away, the same ones in every epoch.</summary>
    /// <param name="Start">The rows with their gaps filled by the start, <c>[rows, columns]</c>.</param>
    /// <param name="Target">What they were.</param>
    /// <param name="Gaps">True where an entry is missing now.</param>
    /// <param name="Untaken">True where it was not taken away.</param>
    /// <param name="Taken">How many were.</param>
    private sealed record Withheld(Tensor Start, Tensor Target, Tensor Gaps, Tensor Untaken, long Taken);

    /// <summary>Takes entries away with masks of its own: looking at validation rows changes nothing in what is learned.</summary>
    private Withheld Withhold(Tensor validation, VisibleScale scale)
    {
        var rows = validation.narrow(0, 0, Math.Min(MostJudges, validation.shape[0]));
        var missing = rows.isnan();
        var target = scale.ToModel(rows, missing);
        var (gaps, taken) = TakeAway(missing, _validationMasks);
        return new(_network.Held(_fill.Fill(target, gaps)), target, gaps, taken.logical_not(), taken.sum().ToInt64());
    }

    /// <summary>Mean squared error of the entries that were taken away.</summary>
    private double Error(Withheld rows)
    {
        using var scope = NewDisposeScope();
        var error = _network.Completed(rows.Start, rows.Gaps, _network.Rounds).sub_(rows.Target).ZeroInPlace(rows.Untaken);
        return error.mul_(error).to(ScalarType.Float64).sum().ToDouble() / Math.Max(1, rows.Taken);
    }

    /// <summary>What is missing now, and which of it was taken away and is known.</summary>
    private static (Tensor Gaps, Tensor Taken) TakeAway(Tensor missing, MaskSampler masks)
    {
        var columns = (int)missing.shape[1];
        var mask = new bool[missing.shape[0] * columns];
        var together = missing.shape[1] > ConditionalGaussian.MostColumnsTogether ? RowsOfOneMask : 1;
        for (var row = 0; row < missing.shape[0]; row++)
        {
            var own = mask.AsSpan(row * columns, columns);
            if (row % together == 0)
                masks.Draw(own);
            else
                mask.AsSpan((row - 1) * columns, columns).CopyTo(own);
        }
        var drawn = tensor(mask, device: missing.device).view(missing.shape);
        return (drawn.logical_or(missing), drawn.logical_and(missing.logical_not()));
    }

    /// <summary>The part of each round's correction that leaves the least squared error, and the error that is left over the spread expected.</summary>
    private (float[] Trust, float[] ErrorScale) Judge(Tensor target, Tensor missing, IReadOnlyList<TargetPropVisibleUnits> visible)
    {
        using var scope = NewDisposeScope();
        var trust = new float[_network.Rounds];
        var (gaps, taken) = TakeAway(missing, _masks);
        var untaken = taken.logical_not();
        var x = _network.Held(_fill.Fill(target, gaps));
        Tensor? code = null;
        for (var round = 0; round < _network.Rounds; round++)
        {
            code = _network.Inference.Maps[round].Apply(CompletionNetwork.Reading(x, gaps, code));
            var correction = _network.Refill.Maps[round].Apply(code);
            var wrong = target.sub(x).ZeroInPlace(untaken);
            var counted = _network.Corrected(x, gaps, correction).sub_(x).ZeroInPlace(untaken);
            var size = counted.mul(counted).sum().ToDouble();
            trust[round] = size == 0 ? 0 : (float)Math.Clamp(wrong.mul_(counted).sum().ToDouble() / size, 0, 1);
            x = _network.Corrected(x, gaps, correction.ScaleInPlace(trust[round]));
        }
        var logistic = tensor([.. visible.Select(v => v == TargetPropVisibleUnits.Logistic)], device: target.device);
        var error = target.sub(x).ZeroInPlace(untaken);
        var spread = CompletionModel.Spread(x, gaps, logistic, _fill).ZeroInPlace(untaken);
        return (trust, ErrorScale(Sums(error.mul_(error)), Sums(spread), Sums(taken.to(ScalarType.Float32)), visible));
    }

    private static float[] ErrorScale(double[] error, double[] spread, double[] entries, IReadOnlyList<TargetPropVisibleUnits> visible)
    {
        var scale = new float[visible.Count];
        foreach (var kind in Enumerable.Range(0, visible.Count).GroupBy(c => visible[c]))
        {
            var (errors, spreads, count) = (kind.Sum(c => error[c]), kind.Sum(c => spread[c]), kind.Sum(c => entries[c]));
            var part = count == 0 ? 0 : BorrowedEntries / count;
            foreach (var c in kind)
                scale[c] = spreads == 0 ? 1 : (float)((error[c] + part * errors) / (spread[c] + part * spreads));
        }
        return scale;
    }

    private static double[] Sums(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to(ScalarType.Float64).sum(dim: 0L).cpu().data<double>().ToArray();
    }

    public void Dispose()
    {
        _inference.Dispose();
        _refill.Dispose();
        _inferenceUpdates.Dispose();
        _refillUpdates.Dispose();
    }
}
