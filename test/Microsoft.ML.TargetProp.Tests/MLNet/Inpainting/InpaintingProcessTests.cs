using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the training of an inpainter: reports, early stopping, cancellation, reproducibility and continuing.</summary>
public sealed class InpaintingProcessTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Every_epoch_is_reported_to_the_callback_and_to_the_log()
    {
        var epochs = new List<TargetPropGenerativeEpochMetrics>();
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);

        TargetPropInpaintingTransformer model = Gaps.Train(_ml, 4, o =>
        {
            o.EpochCallback = epochs.Add;
            o.ValidationFraction = 0.25;
        });

        Assert.Equal([1, 2, 3, 4], epochs.Select(e => e.Epoch));
        Assert.All(epochs, e => Assert.Equal(4, e.MaxEpochs));
        Assert.Equal(epochs[^1].ReconstructionError, model.Model.TrainingSummary.ReconstructionError);
        Assert.Equal(epochs[^1].ValidationError, model.Model.TrainingSummary.ValidationError);
        Assert.Contains(log, m => m.Contains("Epoch 2 of 4: reconstruction error", StringComparison.Ordinal) && m.Contains("validation error", StringComparison.Ordinal));
        Assert.Contains(log, m => m.Contains("Completion epoch 5 of 5", StringComparison.Ordinal));
    }

    [Fact]
    public void Completion_epochs_are_reported_and_stop_early()
    {
        var epochs = new List<TargetPropCompletionEpochMetrics>();

        Gaps.Train(_ml, 1, o =>
        {
            (o.Completion.MaxEpochs, o.EarlyStoppingPatience, o.ValidationFraction) = (300, 1, 0.25);
            o.Completion.EpochCallback = epochs.Add;
        });

        Assert.Equal(Enumerable.Range(1, epochs.Count), epochs.Select(e => e.Epoch));
        Assert.All(epochs, e => Assert.True(e is { MaxEpochs: 300, Error: > 0, ValidationError: > 0 } && e.Elapsed > TimeSpan.Zero));
        Assert.InRange(epochs.Count, 2, 299);
        Assert.Throws<TimeoutException>(() => Gaps.Train(_ml, 1, o => o.Completion.EpochCallback = _ => throw new TimeoutException()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Validation_rows_from_Fit_or_from_the_option_stop_training_early(bool byFit)
    {
        IDataView table = Gaps.View(_ml, 40), validation = Gaps.View(_ml, 40, seed: 7);
        TargetPropInpaintingEstimator estimator = Gaps.Estimator(_ml, 200, o =>
        {
            (o.EarlyStoppingPatience, o.LearningRate, o.Schedule) = (2, 0.03, TargetPropSchedule.Constant);
            o.ValidationSet = byFit ? null : validation;
        });

        TargetPropGenerativeTrainingSummary summary = (byFit ? estimator.Fit(table, validation) : estimator.Fit(table)).Model.TrainingSummary;

        Assert.InRange(summary.Epochs, 3, 199);
        Assert.Equal(summary.Epochs - 2, summary.BestEpoch);
    }

    [Fact]
    public void A_cancelled_token_a_cancelled_context_and_an_exception_end_training()
    {
        using var stop = new CancellationTokenSource();
        int epochs = 0;

        Assert.Throws<OperationCanceledException>(() => Gaps.Train(_ml, 1000, o =>
        {
            o.CancellationToken = stop.Token;
            o.EpochCallback = _ =>
            {
                epochs++;
                stop.Cancel();
            };
        }));
        Assert.Throws<TimeoutException>(() => Gaps.Train(_ml, 1000, o => o.EpochCallback = _ => throw new TimeoutException()));
        var other = new MLContext(1);
        Assert.Throws<OperationCanceledException>(() => Gaps.Train(other, 1000, o => o.EpochCallback = _ => other.CancelExecution()));
        Assert.Equal(1, epochs);
    }

    [Fact]
    public void The_same_seed_gives_the_same_model_and_the_seed_of_the_context_is_enough()
    {
        float[][] Samples(int? seed, int context) => Gaps.Train(new MLContext(context), 3, o => o.Seed = seed).Model.Sample(5);

        Assert.Equal(Samples(3, 1), Samples(3, 2));
        Assert.Equal(Samples(null, 1), Samples(null, 1));
        Assert.NotEqual(Samples(3, 1), Samples(4, 1));
        Assert.NotEqual(Samples(null, 1), Samples(null, 2));
    }

    [Fact]
    public void Training_continues_a_saved_model_without_changing_it()
    {
        TargetPropInpaintingTransformer first = Gaps.Train(_ml, 20);
        var loaded = (TargetPropInpaintingTransformer)Models.Load(_ml, Models.Zip(_ml, first, null));
        float[][] before = first.Model.Sample(5);
        TargetPropInpaintingEstimator further = Gaps.Estimator(_ml, 1, o => (o.HiddenUnits, o.LearningRate) = (null, 1e-5));
        IDataView table = Gaps.View(_ml);

        TargetPropGenerativeModel continued = further.Fit(table, first.Model).Model;

        Assert.Equal(continued.Sample(5), further.Fit(table, table, loaded.Model).Model.Sample(5));
        Assert.Equal(before, first.Model.Sample(5));
        Assert.Equal([12, 3], continued.HiddenUnits);
        Assert.InRange(continued.TrainingSummary.ReconstructionError, 0, 2 * first.Model.TrainingSummary.ReconstructionError);
    }

    [Fact]
    public void The_message_for_options_or_data_that_do_not_match_a_continued_model_has_both_values()
    {
        TargetPropGenerativeModel model = Gaps.Train(_ml, 1).Model;
        IDataView table = Gaps.View(_ml);
        string Refused(Action<TargetPropInpaintingEstimator.Options> change) =>
            Assert.Throws<InvalidOperationException>(() => Gaps.Estimator(_ml, 1, change).Fit(table, model)).Message;

        Assert.Contains("the model has [12, 3], the options [12, 4]", Refused(o => o.HiddenUnits = [12, 4]), StringComparison.Ordinal);
        Assert.Contains("the model has Tanh, the options Relu", Refused(o => o.Activation = TargetPropActivation.Relu), StringComparison.Ordinal);
        Assert.Contains("the model has others than Logistic", Refused(o => o.VisibleUnits = TargetPropVisibleUnits.Logistic), StringComparison.Ordinal);
    }

    [Fact]
    public void Training_and_scoring_free_every_tensor()
    {
        Gaps.Train(_ml, 1).Dispose();

        LiveTensors.AssertGivenBack(() =>
        {
            for (int i = 0; i < 3; i++)
            {
                using TargetPropInpaintingTransformer model = Gaps.Train(_ml, 2, o => o.ValidationFraction = i == 0 ? 0 : 0.2);
                Gaps.Read(_ml, model.Transform(Gaps.View(_ml)));
                model.Model.Sample(3);
            }
        });
    }

    [Fact]
    public void Completion_maps_impute_better_than_the_maps_of_the_layers()
    {
        IDataView table = Gaps.View(_ml, 500, missing: 0.1);
        Measured[] rows = Gaps.Rows(300, seed: 8, missing: 0.3);
        double Error(int completionEpochs)
        {
            float[][] filled = Gaps.Estimator(_ml, 20, o => o.Completion.MaxEpochs = completionEpochs).Fit(table).Model.Complete([.. rows.Select(r => r.Measures)]);
            return rows.Zip(filled).Sum(p => p.First.Truth.Zip(p.Second).Sum(v => Math.Pow(v.First - v.Second, 2)));
        }

        Assert.InRange(Error(10), 0, 0.9 * Error(0));
    }
}
