using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Checks that training holds its rows only once and frees every tensor itself, also after a failure.</summary>
public sealed class TrainingMemoryTests
{
    private const int Rows = 20_000, Columns = 500;

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_a_classifier_holds_no_copy_of_the_rows_in_managed_memory(bool validated)
    {
        long during = 0;
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(new TargetPropMulticlassTrainer.Options
        {
            HiddenUnits = [2],
            MaxEpochs = 1,
            WeightDecay = 0,
            ValidationFraction = validated ? 0.5 : 0,
            EpochCallback = _ => during = GC.GetTotalMemory(forceFullCollection: true),
        });
        IDataView table = LargeTable();
        long before = GC.GetTotalMemory(forceFullCollection: true);

        trainer.Fit(table);

        Assert.InRange(during - before, long.MinValue, Rows * Columns * sizeof(float) / 4);
    }

    [Fact]
    public void Training_a_featurizer_holds_no_copy_of_the_rows_in_managed_memory()
    {
        long during = 0;
        var featurizer = _ml.Transforms.TargetPropFeaturizer(new TargetPropFeaturizerEstimator.Options
        {
            HiddenUnits = [2],
            MaxEpochs = 1,
            EpochCallback = _ => during = GC.GetTotalMemory(forceFullCollection: true),
        });
        IDataView table = LargeTable();
        long before = GC.GetTotalMemory(forceFullCollection: true);

        featurizer.Fit(table);

        Assert.InRange(during - before, long.MinValue, Rows * Columns * sizeof(float) / 4);
    }

    [Theory]
    [InlineData("size")]
    [InlineData("pictures")]
    [InlineData("validation")]
    [InlineData("callback")]
    [InlineData("divergence")]
    [InlineData("weight decay")]
    public void A_failed_training_of_a_classifier_frees_every_tensor(string failure)
    {
        IDataView table = Models.FlowersWithKeys(_ml), holed = Holed();
        var options = Models.Small().With(o =>
        {
            o.HiddenUnits = failure == "size" ? [16_777_216, 16_777_216] : o.HiddenUnits;
            o.Augmentation = failure == "pictures" ? new() { Width = 3 } : null;
            o.LearningRate = failure == "divergence" ? 500 : o.LearningRate;
            o.MissingValues = TargetPropMissingValues.Error;
            o.EpochCallback = failure == "callback" ? _ => throw new TimeoutException() : null;
        });
        using var stop = new CancellationTokenSource();
        if (failure == "weight decay")
        {
            (options.WeightDecay, options.MaxEpochs, options.CancellationToken) = (null, null, stop.Token);
            stop.Cancel();
        }
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(options);

        LiveTensors.AssertGivenBack(() => Assert.ThrowsAny<Exception>(() => failure == "validation" ? trainer.Fit(table, holed) : trainer.Fit(table)));
    }

    [Theory]
    [InlineData("size")]
    [InlineData("validation")]
    [InlineData("callback")]
    public void A_failed_training_of_a_featurizer_frees_every_tensor(string failure)
    {
        IDataView table = Models.FlowersWithKeys(_ml), holed = Holed();
        var featurizer = _ml.Transforms.TargetPropFeaturizer(new TargetPropFeaturizerEstimator.Options
        {
            HiddenUnits = failure == "size" ? [16_777_216, 16_777_216] : [3],
            EpochCallback = failure == "callback" ? _ => throw new TimeoutException() : null,
        });

        LiveTensors.AssertGivenBack(() => Assert.ThrowsAny<Exception>(() => failure == "validation" ? featurizer.Fit(table, holed) : featurizer.Fit(table)));
    }

    [Fact]
    public void A_network_that_is_too_large_to_save_is_rejected_before_training()
    {
        int[] layers = [16_777_216, 100];
        var classifier = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.HiddenUnits = layers));
        var featurizer = _ml.Transforms.TargetPropFeaturizer(new TargetPropFeaturizerEstimator.Options { HiddenUnits = layers });
        IDataView table = Models.FlowersWithKeys(_ml);

        string classifierMessage = Assert.Throws<InvalidOperationException>(() => classifier.Fit(table)).Message;
        string featurizerMessage = Assert.Throws<InvalidOperationException>(() => featurizer.Fit(table)).Message;

        Assert.Contains("hidden layers of [16777216, 100] units and 3 outputs", classifierMessage, StringComparison.Ordinal);
        // The standardisation of 4 slots, then weights and biases of two encoders and two decoders.
        long numbers = 2 * 4 + 16_777_216L * (4 + 1) + 16_777_216L * 4 + 4 + 16_777_216L * 100 + 100 + 16_777_216L * (100 + 1);
        Assert.Contains($"An auto-encoder of 4 slots and layers of [16777216, 100] units has {numbers} numbers to store", featurizerMessage, StringComparison.Ordinal);
        Assert.All([classifierMessage, featurizerMessage], m => Assert.Contains("Give HiddenUnits fewer or smaller layers", m, StringComparison.Ordinal));
    }

    private IDataView Holed() => Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(Tables.Flowers(60).Select((f, i) => f.With(i == 4 ? float.NaN : f.Features[2]))));

    /// <summary>A table with 40 MB of rows. Rows are created on demand, so the table takes no memory.</summary>
    private IDataView LargeTable()
    {
        var row = new Wide();
        var random = new Random(1);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i =>
        {
            for (int c = 0; c < Columns; c++)
                row.Features[c] = random.NextSingle();
            row.Label = (uint)(i % 2);
            return row;
        }));
    }

    private sealed class Wide
    {
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(Columns)]
        public float[] Features { get; set; } = new float[Columns];
    }
}
