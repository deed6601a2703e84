using System.Diagnostics;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the reports and the cancellation of a running training.</summary>
public sealed class TrainingProcessTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Every_epoch_is_reported_with_its_measurements()
    {
        var epochs = new List<TargetPropEpochMetrics>();
        int thread = 0;
        var clock = Stopwatch.StartNew();
        Trainer(o =>
        {
            o.MaxEpochs = 30;
            o.HiddenUnits = [16, 12, 8];
            o.ValidationFraction = 0.2;
            o.Activation = TargetPropActivation.Tanh;
            o.EpochCallback = e =>
            {
                epochs.Add(e);
                thread = Environment.CurrentManagedThreadId;
            };
        }).Fit(Models.FlowersWithKeys(_ml));

        Assert.Equal(Enumerable.Range(1, 30), epochs.Select(e => e.Epoch));
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        foreach (TargetPropEpochMetrics epoch in epochs)
        {
            Assert.Equal(30, epoch.MaxEpochs);
            Assert.InRange(epoch.TrainingLoss, 0, 2);
            Assert.InRange(epoch.TrainingError, 0, 1);
            Assert.InRange(epoch.ValidationLoss!.Value, 0, 2);
            Assert.InRange(epoch.ValidationError!.Value, 0, 1);
            Assert.Equal(3, epoch.LayerLosses.Count);
            // Feedback maps lead from the third to the second hidden layer, and from the second to the first.
            Assert.Equal(2, epoch.ReconstructionLosses.Count);
            Assert.All(epoch.LayerLosses.Concat(epoch.ReconstructionLosses), l => Assert.True(l > 0 && double.IsFinite(l)));
            Assert.InRange(epoch.Elapsed, TimeSpan.Zero, clock.Elapsed);
        }
        Assert.Equal(epochs.Select(e => e.Elapsed), epochs.Select(e => e.Elapsed).Order());
        Assert.True(epochs[^1].TrainingLoss < epochs[0].TrainingLoss / 2);
        Assert.True(epochs[^1].ReconstructionLosses.Sum() < epochs[0].ReconstructionLosses.Sum());
    }

    [Fact]
    public void A_rule_without_targets_reports_no_layer_losses()
    {
        var epochs = new List<TargetPropEpochMetrics>();
        Trainer(o => (o.LearningRule, o.EpochCallback) = (TargetPropLearningRule.Backpropagation, epochs.Add)).Fit(Models.FlowersWithKeys(_ml));

        Assert.All(epochs, e => Assert.Empty(e.ReconstructionLosses));
        Assert.All(epochs, e => Assert.Empty(e.LayerLosses));
    }

    [Fact]
    public void An_exception_of_the_callback_ends_training_and_reaches_the_caller_unchanged()
    {
        var thrown = new TimeoutException("enough");
        int calls = 0;

        var caught = Assert.Throws<TimeoutException>(() => Trainer(o => o.EpochCallback = e =>
        {
            calls++;
            if (e.Epoch == 3)
                throw thrown;
        }).Fit(Models.FlowersWithKeys(_ml)));

        Assert.Same(thrown, caught);
        Assert.Equal(3, calls);
    }

    [Fact]
    public void CancelExecution_in_a_callback_ends_training_before_the_next_step()
    {
        int calls = 0;

        Assert.Throws<OperationCanceledException>(() => Trainer(o => o.EpochCallback = _ =>
        {
            calls++;
            _ml.CancelExecution();
        }).Fit(Models.FlowersWithKeys(_ml)));

        Assert.Equal(1, calls);
    }

    [Fact]
    public void CancelExecution_from_another_thread_ends_training_at_once()
    {
        Endless(() => _ml.CancelExecution(), _ => { });
    }

    [Fact]
    public void A_cancellation_token_ends_this_training_and_no_other()
    {
        using var source = new CancellationTokenSource();
        Endless(source.Cancel, o => o.CancellationToken = source.Token);

        // The context can be used again.
        Assert.Equal(150, Trainer().Fit(Models.FlowersWithKeys(_ml)).Model.TrainingSummary.TrainingRows);
    }

    [Fact]
    public void Reading_the_data_can_be_cancelled()
    {
        IEnumerable<Flower> Rows()
        {
            foreach (Flower row in Tables.Flowers())
                yield return row;
            _ml.CancelExecution();
            for (long i = 0; ; i++)
                yield return Tables.Flowers(1)[0];
        }
        IDataView table = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(Tables.Flowers())).Transform(_ml.Data.LoadFromEnumerable(Rows()));

        Assert.ThrowsAny<OperationCanceledException>(() => Trainer().Fit(table));
    }

    private void Endless(Action cancel, Action<TargetPropMulticlassTrainer.Options> change)
    {
        using var begun = new ManualResetEventSlim();
        TargetPropMulticlassTrainer trainer = Trainer(o =>
        {
            (o.MaxEpochs, o.EpochCallback) = (int.MaxValue, _ => begun.Set());
            change(o);
        });
        IDataView table = Models.FlowersWithKeys(_ml);
        Exception? error = null;
        var training = new Thread(() => error = Record.Exception(() => trainer.Fit(table)));
        training.Start();
        Assert.True(begun.Wait(TimeSpan.FromSeconds(60)));

        cancel();

        Assert.True(training.Join(TimeSpan.FromSeconds(20)), "Training has not ended within 20 seconds.");
        Assert.IsAssignableFrom<OperationCanceledException>(error);
    }

    private TargetPropMulticlassTrainer Trainer(Action<TargetPropMulticlassTrainer.Options>? change = null) =>
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 5).With(change ?? (_ => { })));
}
