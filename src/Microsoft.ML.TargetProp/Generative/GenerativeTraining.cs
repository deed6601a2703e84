using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Variational EM with local steps: E-step and M-step on every mini-batch, then the variances and the prior.</summary>
internal static class GenerativeTraining
{
    private const int RowsAtOnce = 1000;

    /// <summary>The reconstruction error is looked at in every n-th step: it costs a product of the widest map.</summary>
    private const int StepsBetweenErrors = 4;

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
        var missing = visible.isnan();
        var rows = scale.ToModel(visible, missing);
        using var hidden = validation is null ? null : new HiddenEntries(validation, scale, settings.Inference, settings.Seed);
        // Whether anything is missing is known before the first step, and not asked again in each.
        var gaps = missing.any().ToBoolean() ? missing : null;
        using var maximization = new LocalMaximization(network);
        // The only prior that there is before the codes.
        if (settings.Prior == TargetPropCodePrior.Laplace && settings.Inference.PriorStep > 0)
            network.Prior = Laplace(network.Shape, settings).Pull(settings.Inference.PriorStep, visible.device);
        var best = new BestEpoch<Action>(settings.EarlyStoppingPatience);
        var epochs = new List<TargetPropGenerativeEpochMetrics>();
        var clock = Stopwatch.StartNew();
        for (var epoch = 1; epoch <= settings.MaxEpochs; epoch++)
        {
            var error = RunEpoch(epoch, network, maximization, rows, gaps, settings, random, checkAlive);
            if (!double.IsFinite(error))
                throw new TrainingDivergedException(string.Create(CultureInfo.InvariantCulture, $"Training diverged in epoch {epoch}. Lower LearningRate (now {settings.LearningRate:G4})."));
            epochs.Add(new(epoch, settings.MaxEpochs, error, hidden?.Error(network, checkAlive), clock.Elapsed));
            onEpoch?.Invoke(epochs[^1]);
            if (best.IsOver(epoch, epochs[^1].ValidationError, network.Keep))
                break;
        }
        best.Value?.Invoke();
        return new(Snapshot(network, scale, random, rows, missing, settings, checkAlive), epochs, best.Value is null ? epochs.Count : best.Epoch);
    }

    private static double RunEpoch(
        int epoch, GenerativeNetwork network, LocalMaximization maximization, Tensor rows, Tensor? missing, GenerativeSettings settings, RandomSource random, Action checkAlive)
    {
        var count = rows.shape[0];
        var steps = (count + settings.BatchSize - 1) / settings.BatchSize;
        using var threads = WorkSharing.OneThreadFor(settings.BatchSize * network.InferenceParameters.Maps.Max(m => m.Shape.Parameters));
        using var order = tensor(random.Permutation(count), device: rows.device);
        var (squares, entries) = (0.0, 0L);
        for (var step = 0L; step < steps; step++)
        {
            checkAlive();
            using var scope = NewDisposeScope();
            var start = step * settings.BatchSize;
            var chosen = order.narrow(0, start, Math.Min(settings.BatchSize, count - start));
            var gaps = missing?.index_select(0, chosen);
            var path = settings.Maximization == TargetPropMaximization.Increments ? new InferencePath() : null;
            var done = (epoch - 1) * steps + step;
            var h = IteratedInference.Run(network, rows.index_select(0, chosen), settings.TrainingInference, gaps, path is null ? null : path.Add);
            var look = step % StepsBetweenErrors == 0;
            var generated = gaps is not null || look ? network.Down(1, h[1]) : null;
            if (look)
            {
                var (error, observed) = Error(generated!, h[0], gaps);
                squares += error;
                entries += observed;
            }
            if (gaps is not null)
            {
                // What is missing is latent too: it is refilled from what was inferred, for this step and for the next epoch.
                h[0] = where(gaps, generated!, h[0]);
                rows.index_copy_(0, chosen, h[0]);
            }
            var factor = LearningRateSchedule.Factor(settings.Schedule, done, settings.MaxEpochs * steps);
            if (path is null)
                maximization.Step(h, gaps, settings.Noise, random, settings.LearningRate * factor);
            else
                maximization.Step(path, gaps, settings.LearningRate * factor);
        }
        return squares / entries;
    }

    /// <summary>The squared error over the observed entries, and how many they are.</summary>
    private static (double Squares, long Entries) Error(Tensor generated, Tensor visible, Tensor? gaps)
    {
        using var scope = NewDisposeScope();
        var error = generated.sub(visible);
        if (gaps is not null)
            error.ZeroInPlace(gaps);
        return (error.mul_(error).sum().ToDouble(), gaps is null ? error.numel() : gaps.logical_not().sum().ToInt64());
    }

    private static GenerativeSnapshot Snapshot(
        GenerativeNetwork network, VisibleScale scale, RandomSource random, Tensor rows, Tensor missing, GenerativeSettings settings, Action checkAlive)
    {
        using var scope = NewDisposeScope();
        var codes = new List<Tensor>();
        using var statistics = new CodeStatistics(network);
        for (var start = 0L; start < rows.shape[0]; start += RowsAtOnce)
        {
            checkAlive();
            using var block = NewDisposeScope();
            var length = Math.Min(RowsAtOnce, rows.shape[0] - start);
            var gaps = missing.narrow(0, start, length);
            var h = IteratedInference.Run(network, rows.narrow(0, start, length), settings.Inference, gaps);
            statistics.Add(h, gaps);
            if (settings.Prior == TargetPropCodePrior.Mixture)
                codes.Add(h[^1].MoveToOuterDisposeScope());
        }
        var prior = settings.Prior switch
        {
            TargetPropCodePrior.Laplace => Laplace(network.Shape, settings),
            TargetPropCodePrior.Mixture => MixturePrior.Fit(cat(codes), settings.PriorComponents, random),
            _ => statistics.Gaussian(settings.Prior, settings.PriorWidening),
        };
        return new(
            network.Shape, scale, settings.Inference, network.InferenceParameters.ToMaps(), network.GenerativeParameters.ToMaps(),
            statistics.InferenceVariances(StatedVariances.Inference(settings.Inference, settings.Noise)),
            statistics.GenerationVariances(StatedVariances.Generation(settings.Inference, settings.Noise)), prior);
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
}
