using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.TargetProp.Tests.Supervised;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the defaults for few rows that are no table, and when they apply.</summary>
public sealed class SmallTableDefaultsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void For_random_labels_a_positive_weight_decay_is_chosen()
    {
        // The columns are noise, so the smallest weights have the lowest log-loss on other rows.
        TargetPropMulticlassTransformer Train(double? decay) => _ml.MulticlassClassification.Trainers.TargetPropClassifier(
            new TargetPropMulticlassTrainer.Options { HiddenUnits = [20], WeightDecay = decay, Seed = 1 }).Fit(Noise(rows: 150, columns: 120, seed: 1));
        double Loss(TargetPropMulticlassTransformer model) => _ml.MulticlassClassification.Evaluate(model.Transform(Noise(rows: 500, columns: 120, seed: 2))).LogLoss;

        Assert.True(Loss(Train(null)) < 0.8 * Loss(Train(0)));
    }

    [Fact]
    public void The_chosen_weight_decay_is_one_of_the_tried_values()
    {
        byte[] Train(double? decay) => _ml.MulticlassClassification.Trainers.TargetPropClassifier(
            new TargetPropMulticlassTrainer.Options { HiddenUnits = [4], WeightDecay = decay, Seed = 1 }).Fit(Noise(rows: 40, columns: 120, seed: 1)).Bytes();

        byte[] chosen = Train(null);

        Assert.Equal(chosen, Train(null));
        Assert.Contains(new double[] { 0, 0.3, 3 }, value => Train(value).AsSpan().SequenceEqual(chosen));
    }

    [Fact]
    public void With_given_epochs_or_too_few_rows_no_weight_decay_is_tried()
    {
        byte[] Train(int rows, int? epochs, double? decay) => _ml.MulticlassClassification.Trainers.TargetPropClassifier(
            new TargetPropMulticlassTrainer.Options { HiddenUnits = [4], MaxEpochs = epochs, WeightDecay = decay, Seed = 1 }).Fit(Noise(rows, columns: 120, seed: 1)).Bytes();

        Assert.Equal(Train(60, 3, 0), Train(60, 3, null));
        Assert.Equal(Train(15, null, 0), Train(15, null, null));
    }

    [Fact]
    public void Trials_of_weight_decay_are_not_reported_as_epochs_and_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        List<TargetPropEpochMetrics> epochs = [];
        TargetPropMulticlassTrainer.Options options = new() { HiddenUnits = [4], Seed = 1, EpochCallback = epochs.Add, CancellationToken = stop.Token };

        TargetPropTrainingSummary summary = _ml.MulticlassClassification.Trainers.TargetPropClassifier(options).Fit(Noise(rows: 40, columns: 120, seed: 1)).Model.TrainingSummary;
        Assert.Equal(Enumerable.Range(1, summary.Epochs), epochs.Select(e => e.Epoch));

        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier(options).Fit(Noise(rows: 40, columns: 120, seed: 1)));
        Assert.Equal(summary.Epochs, epochs.Count);
    }

    [Fact]
    public void Default_input_noise_depends_on_the_screened_columns_if_there_are_at_least_as_many_columns_as_rows()
    {
        var standardization = new Standardization(new float[784], [.. Enumerable.Range(0, 784).Select(c => c < 196 ? 1f : 0f)]);

        double Noise(Standardization? learned, int rows) =>
            ClassifierOptions.InputNoise.Of(new TargetPropMulticlassTrainer.Options(), new(rows) { Encoding = learned });
        Assert.Equal(0.6, Noise(standardization, rows: 784), 1e-12);
        Assert.Equal(0.3, Noise(standardization, rows: 783), 1e-12);
        Assert.Equal(0, Noise(null, rows: 1000));
    }

    [Theory]
    [InlineData(null, 0.0)]
    [InlineData(0.2, 0.2)]
    public void With_augmentation_the_default_input_noise_is_0(double? asked, double expected)
    {
        var standardization = new Standardization(new float[784], [.. Enumerable.Repeat(1f, 784)]);
        var options = new TargetPropMulticlassTrainer.Options { InputNoise = asked, Augmentation = new TargetPropImageAugmentation { Width = 28 } };

        Assert.Equal(expected, ClassifierOptions.Settings(options, seed: 1, new(1000) { HiddenUnits = [10], Encoding = standardization }).InputNoise);
    }

    private IDataView Noise(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, columns);
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), 2);
        return _ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, rows).Select(i => new Row { Features = [.. Enumerable.Range(0, columns).Select(_ => (float)Tables.Gaussian(random))], Label = (uint)(i % 2) }).ToArray(), schema);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
