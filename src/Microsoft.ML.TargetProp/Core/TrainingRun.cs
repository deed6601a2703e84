using System.Diagnostics;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>The choices that the training of every model has: its length, its mini-batches, and when it stops early.</summary>
internal record TrainingPlan
{
    /// <summary>Most passes over the rows, 1 or more.</summary>
    public required int MaxEpochs { get; init; }

    /// <summary>Rows of a mini-batch, 1 or more; the last of an epoch may have fewer.</summary>
    public required int BatchSize { get; init; }

    /// <summary>How the learning rates fall over the run.</summary>
    public TargetPropSchedule Schedule { get; init; } = TargetPropSchedule.Cosine;

    /// <summary>Epochs without a lower validation loss after which the run stops; 0 for never.</summary>
    public int EarlyStoppingPatience { get; init; }
}

/// <summary>A model in training. <see cref="TrainingRun"/> calls it; it holds the rows, the parameters and the optimisers.</summary>
/// <typeparam name="TEpoch">The metrics of an epoch.</typeparam>
internal interface ITrainee<TEpoch>
{
    /// <summary>Number of rows to learn from.</summary>
    long Rows { get; }

    /// <summary>The reason why training cannot go on, and what to change; null while it goes well. Read after every step.</summary>
    string? Divergence { get; }

    /// <summary>Called before the first step of an epoch.</summary>
    void BeginEpoch();

    /// <summary>Learns from one mini-batch. The dispose scope of the step frees every tensor that this makes and does not detach.</summary>
    void Step(in MiniBatch batch);

    /// <summary>Measures the epoch that has just ended.</summary>
    /// <returns>The metrics, and the loss that early stopping watches; null without validation rows.</returns>
    (TEpoch Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end);

    /// <summary>Copies the parameters as they are now.</summary>
    /// <returns>Restores the copy.</returns>
    Action KeepParameters();
}

/// <summary>The rows of one step and its place in the run.</summary>
/// <param name="Rows">Indices of the rows.</param>
/// <param name="RateFactor">The schedule's factor on the learning rates, in (0, 1].</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Step">The step within the epoch, from 0.</param>
internal readonly record struct MiniBatch(ReadOnlyMemory<long> Rows, double RateFactor, int Epoch, long Step)
{
    /// <summary>The indices of the rows as a tensor, <c>[batch]</c>.</summary>
    public Tensor IndexOn(Device device) => tensor(Rows.ToArray(), device: device);
}

/// <summary>The epoch that has just ended.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="MaxEpochs">The most epochs of the run.</param>
/// <param name="Elapsed">Time since the run began.</param>
internal readonly record struct EpochEnd(int Epoch, int MaxEpochs, TimeSpan Elapsed);

/// <summary>The epochs of a finished run.</summary>
/// <param name="Epochs">Metrics of every epoch, in order.</param>
/// <param name="BestEpoch">The epoch that the parameters are from, from 1: the last, or the best one when the run could stop early.</param>
internal record TrainingOutcome<TEpoch>(IReadOnlyList<TEpoch> Epochs, int BestEpoch);

/// <summary>Training diverged; the message says when, and which rate to lower.</summary>
internal sealed class TrainingDivergedException(string message) : Exception(message);

/// <summary>
/// The training loop of every model: epochs of shuffled mini-batches, the schedule, cancellation, divergence, callbacks, early stopping and the
/// best parameters.
/// </summary>
/// <param name="plan">The length of the run.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
/// <param name="subject">The subject of the message when training diverges.</param>
/// <param name="clock">The time that epochs report; null for the time since the run was created.</param>
internal sealed class TrainingRun(TrainingPlan plan, Action checkAlive, string subject = "Training", Stopwatch? clock = null)
{
    private readonly Stopwatch _clock = clock ?? Stopwatch.StartNew();

    /// <summary>Trains a model.</summary>
    /// <param name="model">The model; afterwards it has the parameters of the best epoch.</param>
    /// <param name="random">Draws the order of the rows.</param>
    /// <param name="onEpoch">Called at the end of every epoch; an exception ends training.</param>
    /// <exception cref="TrainingDivergedException">The model reported a divergence.</exception>
    public TrainingOutcome<TEpoch> Fit<TEpoch>(ITrainee<TEpoch> model, RandomSource random, Action<TEpoch>? onEpoch = null)
    {
        var best = new EarlyStopping(plan.EarlyStoppingPatience);
        var epochs = new List<TEpoch>();
        for (var epoch = 1; epoch <= plan.MaxEpochs; epoch++)
        {
            RunEpoch(epoch, model, random);
            var (metrics, validationLoss) = model.EndEpoch(new(epoch, plan.MaxEpochs, _clock.Elapsed));
            epochs.Add(metrics);
            onEpoch?.Invoke(metrics);
            if (best.IsOver(epoch, validationLoss, model.KeepParameters))
                break;
        }
        best.Restore?.Invoke();
        return new(epochs, best.Epoch ?? epochs.Count);
    }

    private void RunEpoch<TEpoch>(int epoch, ITrainee<TEpoch> model, RandomSource random)
    {
        var order = random.Permutation(model.Rows);
        var steps = (model.Rows + plan.BatchSize - 1) / plan.BatchSize;
        model.BeginEpoch();
        for (var step = 0L; step < steps; step++)
        {
            checkAlive();
            using var scope = NewDisposeScope();
            var start = (int)(step * plan.BatchSize);
            var rows = order.AsMemory(start, (int)Math.Min(plan.BatchSize, model.Rows - start));
            model.Step(new(rows, RateFactor(plan.Schedule, (epoch - 1) * steps + step, plan.MaxEpochs * steps), epoch, step));
            if (model.Divergence is { } reason)
                throw new TrainingDivergedException($"{subject} diverged in epoch {epoch}, step {step + 1}: {reason}");
        }
    }

    /// <summary>The schedule's factor on the learning rates, in (0, 1].</summary>
    /// <param name="schedule">The shape of the fall.</param>
    /// <param name="step">Steps already taken, 0 at the first.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public static double RateFactor(TargetPropSchedule schedule, long step, long steps) => schedule switch
    {
        TargetPropSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * step / steps)),
        TargetPropSchedule.Linear => 1 - (double)step / steps,
        _ => 1,
    };

    /// <summary>Remembers the parameters of the epoch with the lowest validation loss.</summary>
    private sealed class EarlyStopping(int patience)
    {
        private double _loss = double.PositiveInfinity;

        /// <summary>The best epoch; null when the run may not stop early, or no loss was ever finite.</summary>
        public int? Epoch { get; private set; }

        /// <summary>Restores the parameters of the best epoch.</summary>
        public Action? Restore { get; private set; }

        public bool IsOver(int epoch, double? validationLoss, Func<Action> keep)
        {
            if (patience == 0 || validationLoss is not { } loss)
                return false;
            if (loss < _loss)
            {
                _loss = loss;
                Epoch = epoch;
                Restore = keep();
            }
            return epoch - (Epoch ?? 0) >= patience;
        }
    }
}
