using Microsoft.ML.TargetProp.Core;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests the training loop of all models: the order of rows, the schedule, early stopping, divergence and cancellation.</summary>
public sealed class TrainingRunTests
{
    private static readonly TrainingPlan Plan = new() { MaxEpochs = 3, BatchSize = 4, Schedule = TargetPropSchedule.Constant };

    [Theory]
    [InlineData(10, 4)]
    [InlineData(10, 5)]
    [InlineData(10, 100)]
    [InlineData(1, 1)]
    [InlineData(10, 1)]
    public void An_epoch_contains_every_row_once_in_a_new_order(int rows, int batchSize)
    {
        var model = new Recorder(rows);

        Fit(model, Plan with { BatchSize = batchSize });

        Assert.Equal(3, model.Epochs.Count);
        foreach (List<long[]> epoch in model.Epochs)
        {
            Assert.Equal(Enumerable.Range(0, rows).Select(r => (long)r), epoch.SelectMany(b => b).Order());
            Assert.Equal((rows + batchSize - 1) / batchSize, epoch.Count);
            Assert.All(epoch.SkipLast(1), b => Assert.Equal(batchSize, b.Length));
        }
        Assert.Equal(rows > 1, !model.Epochs[0].SelectMany(b => b).SequenceEqual(model.Epochs[1].SelectMany(b => b)));
    }

    [Fact]
    public void The_schedule_falls_over_all_steps_of_the_run()
    {
        var model = new Recorder(10);

        Fit(model, Plan with { Schedule = TargetPropSchedule.Linear });

        Assert.Equal(Enumerable.Range(0, 9).Select(s => 1 - s / 9.0), model.Factors);
    }

    [Fact]
    public void Early_stopping_restores_the_parameters_of_the_best_epoch()
    {
        var model = new Recorder(4) { ValidationLosses = [5, 3, 4, 3, 6, 1] };

        TrainingOutcome<int> outcome = Fit(model, Plan with { MaxEpochs = 6, EarlyStoppingPatience = 3 });

        Assert.Equal((2, 5), (outcome.BestEpoch, outcome.Epochs.Count));
        Assert.Equal(2, model.Parameters);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, false)]
    public void Without_patience_or_validation_loss_the_last_epoch_is_kept(int patience, bool validated)
    {
        var model = new Recorder(4) { ValidationLosses = validated ? [1, 2, 3] : null };

        TrainingOutcome<int> outcome = Fit(model, Plan with { EarlyStoppingPatience = patience });

        Assert.Equal((3, 3, 3), (outcome.BestEpoch, outcome.Epochs.Count, model.Parameters));
    }

    [Fact]
    public void A_run_with_only_NaN_validation_losses_keeps_its_last_epoch()
    {
        var model = new Recorder(4) { ValidationLosses = [double.NaN, double.NaN, double.NaN] };

        TrainingOutcome<int> outcome = Fit(model, Plan with { EarlyStoppingPatience = 2 });

        Assert.Equal((2, 2, 2), (outcome.BestEpoch, outcome.Epochs.Count, model.Parameters));
    }

    [Fact]
    public void A_divergence_ends_the_run_at_its_step_with_the_reason()
    {
        var model = new Recorder(10) { DivergesAtStep = 5 };

        var error = Assert.Throws<TrainingDivergedException>(() => Fit(model, Plan, "Training of layer 2"));

        Assert.Equal("Training of layer 2 diverged in epoch 2, step 2: the loss is infinite. Lower LearningRate.", error.Message);
        Assert.Equal(5, model.Factors.Count);
    }

    [Fact]
    public void Cancellation_is_checked_before_every_step()
    {
        var model = new Recorder(10);
        int asked = 0;

        Assert.Throws<OperationCanceledException>(() => Fit(model, Plan, checkAlive: () =>
        {
            if (++asked == 6)
                throw new OperationCanceledException();
        }));

        Assert.Equal(5, model.Factors.Count);
    }

    [Fact]
    public void The_callback_is_called_once_per_epoch_after_the_measurement()
    {
        var heard = new List<int>();
        using var random = new RandomSource(1, CPU);

        new TrainingRun(Plan, () => { }).Fit(new Recorder(4), random, heard.Add);

        Assert.Equal([1, 2, 3], heard);
    }

    [Fact]
    public void Tensors_of_a_step_are_freed_after_the_step()
    {
        var model = new Recorder(10) { LeavesTensors = true };

        Fit(model, Plan);

        Assert.All(model.Left, t => Assert.True(t.IsInvalid));
        Assert.Equal(9, model.Left.Count);
    }

    private static TrainingOutcome<int> Fit(Recorder model, TrainingPlan plan, string subject = "Training", Action? checkAlive = null)
    {
        using var random = new RandomSource(1, CPU);
        return new TrainingRun(plan, checkAlive ?? (() => { }), subject).Fit(model, random);
    }

    /// <summary>Records the calls of the loop. Its only parameter is the number of completed epochs.</summary>
    private sealed class Recorder(long rows) : ITrainee<int>
    {
        public List<List<long[]>> Epochs { get; } = [];

        public List<double> Factors { get; } = [];

        public List<Tensor> Left { get; } = [];

        public double[]? ValidationLosses { get; init; }

        public int? DivergesAtStep { get; init; }

        public bool LeavesTensors { get; init; }

        public int Parameters { get; private set; }

        public long Rows => rows;

        public string? Divergence => Factors.Count == DivergesAtStep ? "the loss is infinite. Lower LearningRate." : null;

        public void BeginEpoch() => Epochs.Add([]);

        public void Step(in MiniBatch batch)
        {
            Assert.Equal((Epochs.Count, Epochs[^1].Count), (batch.Epoch, batch.Step));
            Epochs[^1].Add(batch.Rows.ToArray());
            Factors.Add(batch.RateFactor);
            if (LeavesTensors)
                Left.Add(batch.IndexOn(CPU));
        }

        public (int Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
        {
            Parameters = end.Epoch;
            return (end.Epoch, ValidationLosses?[end.Epoch - 1]);
        }

        public Action KeepParameters()
        {
            int kept = Parameters;
            return () => Parameters = kept;
        }
    }
}
