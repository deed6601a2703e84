using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Checks that the same seed, data and machine give the same model bit for bit, whatever else the process does.</summary>
public sealed class DeterminismTests
{
    // These options turn on all parts of training that use random numbers.
    private static TargetPropMulticlassTrainer.Options Noisy(int? seed) => Models.Small(epochs: 5, seed).With(o =>
    {
        o.InputDropout = 0.1;
        o.Dropout = 0.1;
        o.ValidationFraction = 0.2;
        o.ExampleWeightColumnName = "Weight";
    });

    [Fact]
    public void The_same_seed_gives_the_same_model() => Assert.Equal(Train(new(), seed: 5), Train(new(), seed: 5));

    [Fact]
    public void One_trainer_fits_the_same_model_twice()
    {
        var ml = new MLContext();
        var trainer = ml.MulticlassClassification.Trainers.TargetPropClassifier(Noisy(seed: null));
        Assert.Equal(trainer.Fit(Models.FlowersWithKeys(ml)).Bytes(), trainer.Fit(Models.FlowersWithKeys(ml)).Bytes());
    }

    [Fact]
    public void Different_seeds_give_different_models() => Assert.NotEqual(Train(new(), seed: 5), Train(new(), seed: 6));

    [Fact]
    public void The_seed_of_the_context_is_enough()
    {
        byte[] first = Train(new(seed: 7), seed: null);
        Assert.Equal(first, Train(new(seed: 7), seed: null));
        Assert.NotEqual(first, Train(new(seed: 8), seed: null));
        Assert.NotEqual(Train(new(), seed: null), Train(new(), seed: null));
    }

    [Fact]
    public void The_seed_in_the_summary_gives_the_same_model()
    {
        var ml = new MLContext(seed: 7);
        TargetPropMulticlassTransformer first = ml.MulticlassClassification.Trainers.TargetPropClassifier(Noisy(seed: null)).Fit(Models.FlowersWithKeys(ml));

        Assert.Equal(first.Bytes(), Train(new(), first.Model.TrainingSummary.Seed));
    }

    [Fact]
    public void The_binary_trainer_is_reproducible()
    {
        byte[] Train(MLContext ml, int? seed) => ml.BinaryClassification.Trainers
            .TargetPropClassifier(Models.SmallBinary(epochs: 5, seed).With(o => o.Dropout = 0.1)).Fit(Models.Moons(ml)).Bytes();

        Assert.Equal(Train(new(), 5), Train(new(), 5));
        Assert.Equal(Train(new(seed: 7), null), Train(new(seed: 7), null));
        Assert.NotEqual(Train(new(), 5), Train(new(), 6));
    }

    [Fact]
    public async Task A_model_does_not_depend_on_concurrent_trainings()
    {
        byte[] alone = Train(new(), seed: 5);
        using var stop = new CancellationTokenSource();
        Task other = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Train(new(), seed: 6);
                torch.rand(100).Dispose();
            }
        }, CancellationToken.None);

        byte[][] together = [Train(new(), seed: 5), Train(new(), seed: 5), Train(new(), seed: 5)];
        await stop.CancelAsync();
        await other;

        Assert.All(together, bytes => Assert.Equal(alone, bytes));
    }

    [Fact]
    public void Garbage_collections_during_training_change_nothing()
    {
        // TorchSharp's Scalar is freed by its finalizer, possibly during a native call that uses it. The library avoids such scalars.
        var ml = new MLContext();
        IDataView table = Models.FlowersWithKeys(ml, 2000);
        (byte[] Bytes, string Scores) Run()
        {
            TargetPropMulticlassTransformer model = ml.MulticlassClassification.Trainers.TargetPropClassifier(Noisy(seed: 5).With(o => (o.BatchSize, o.MaxEpochs) = (16, 100))).Fit(Models.FlowersWithKeys(ml));
            return (model.Bytes(), string.Join('\n', ViewText.Rows(model.Transform(table), "Score")));
        }
        (byte[] bytes, string scores) = Run();
        bool stop = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (int i = 0; i < 5; i++)
            {
                (byte[] bytesNow, string scoresNow) = Run();
                Assert.Equal(bytes, bytesNow);
                Assert.Equal(scores, scoresNow);
            }
        }
        finally
        {
            Volatile.Write(ref stop, true);
            collector.Join();
        }
    }

    [Fact]
    public void A_model_does_not_depend_on_the_seed_of_TorchSharp()
    {
        using torch.Tensor state = torch.random.get_rng_state();
        try
        {
            torch.random.manual_seed(1);
            byte[] first = Train(new(), seed: 5);
            torch.random.manual_seed(2);
            Assert.Equal(first, Train(new(), seed: 5));
        }
        finally
        {
            torch.random.set_rng_state(state);
        }
    }

    private static byte[] Train(MLContext ml, int? seed) =>
        ml.MulticlassClassification.Trainers.TargetPropClassifier(Noisy(seed)).Fit(Models.FlowersWithKeys(ml)).Bytes();
}
