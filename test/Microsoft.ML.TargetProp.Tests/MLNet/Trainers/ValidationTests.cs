using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests validation rows: their source, the measurements on them, and early stopping.</summary>
public sealed class ValidationTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _training;
    private readonly IDataView _validation;

    public ValidationTests()
    {
        IDataView unseen = _ml.Data.LoadFromEnumerable(Tables.Flowers(60, seed: 2));
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(Tables.Flowers()));
        _training = keys.Transform(_ml.Data.LoadFromEnumerable(Tables.Flowers()));
        _validation = keys.Transform(unseen);
    }

    [Fact]
    public void Without_validation_rows_there_are_no_validation_measurements()
    {
        var epochs = new List<TargetPropEpochMetrics>();
        TargetPropTrainingSummary summary = Train(o => o.EpochCallback = epochs.Add).Fit(_training).Model.TrainingSummary;

        Assert.Null(summary.ValidationLoss);
        Assert.Null(summary.ValidationError);
        Assert.All(epochs, e => Assert.True(e.ValidationLoss is null && e.ValidationError is null));
    }

    [Fact]
    public void Validation_loss_and_error_equal_those_of_Evaluate()
    {
        TargetPropMulticlassTransformer model = Train().Fit(_training, _validation);

        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(model.Transform(_validation));
        TargetPropTrainingSummary summary = model.Model.TrainingSummary;
        Assert.Equal(metrics.LogLoss, summary.ValidationLoss!.Value, 1e-5);
        Assert.Equal(1 - metrics.MicroAccuracy, summary.ValidationError!.Value, 1e-5);
        Assert.Equal(150, summary.TrainingRows);
    }

    [Fact]
    public void Validation_rows_are_not_trained_on()
    {
        Assert.Equal(Train().Fit(_training).Bytes(), Train().Fit(_training, _validation).Bytes());
    }

    [Fact]
    public void The_option_has_the_effect_of_the_argument_of_Fit()
    {
        var first = new List<double?>();
        var second = new List<double?>();

        Train(o => o.EpochCallback = e => first.Add(e.ValidationLoss)).Fit(_training, _validation);
        Train(o =>
        {
            o.ValidationSet = _validation;
            o.EpochCallback = e => second.Add(e.ValidationLoss);
        }).Fit(_training);

        Assert.Equal(10, first.Count);
        Assert.Equal(first, second);
    }

    [Fact]
    public void The_argument_of_Fit_takes_precedence_over_the_option()
    {
        IDataView other = _ml.Data.TakeRows(_validation, 7);

        double? loss = Train(o => o.ValidationSet = other).Fit(_training, _validation).Model.TrainingSummary.ValidationLoss;

        Assert.Equal(Train().Fit(_training, _validation).Model.TrainingSummary.ValidationLoss, loss);
    }

    [Theory]
    [InlineData(0.2, 30)]
    [InlineData(0.001, 1)]
    [InlineData(0.999, 149)]
    public void A_fraction_of_the_rows_is_set_aside_for_validation(double fraction, int aside)
    {
        TargetPropTrainingSummary summary = Train(o => o.ValidationFraction = fraction).Fit(_training).Model.TrainingSummary;

        Assert.Equal(150 - aside, summary.TrainingRows);
        Assert.NotNull(summary.ValidationLoss);
    }

    [Fact]
    public void Training_stops_if_the_validation_loss_no_longer_falls_and_the_best_epoch_is_kept()
    {
        // The labels are random, so more training only raises the loss on other rows.
        var random = new Random(5);
        Flower[] noise = Tables.Flowers(60, seed: 3);
        foreach (Flower row in noise)
            row.Label = Tables.Kinds[random.Next(3)];
        IDataView training = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(Tables.Flowers())).Transform(_ml.Data.LoadFromEnumerable(noise));
        var losses = new List<double>();

        TargetPropMulticlassTransformer model = Train(o =>
        {
            o.MaxEpochs = 100;
            o.LearningRate = 0.01;
            o.EarlyStoppingPatience = 4;
            o.EpochCallback = e => losses.Add(e.ValidationLoss!.Value);
        }).Fit(training, _validation);

        TargetPropTrainingSummary summary = model.Model.TrainingSummary;
        int best = losses.IndexOf(losses.Min()) + 1;
        Assert.Equal((losses.Count, best), (summary.Epochs, summary.BestEpoch));
        Assert.Equal(best + 4, summary.Epochs);
        Assert.InRange(summary.Epochs, 5, 99);
        Assert.Equal(losses.Min(), summary.ValidationLoss);
        Assert.Equal(losses.Min(), _ml.MulticlassClassification.Evaluate(model.Transform(_validation)).LogLoss, 1e-5);
    }

    [Fact]
    public void Early_stopping_without_validation_rows_is_rejected()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Train(o => o.EarlyStoppingPatience = 3).Fit(_training));

        Assert.Contains("EarlyStoppingPatience is 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("ValidationFraction", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fraction_and_validation_rows_together_are_rejected()
    {
        var atFit = Assert.Throws<ArgumentOutOfRangeException>(() => Train(o => o.ValidationFraction = 0.1).Fit(_training, _validation));
        var whenBuilt = Assert.Throws<ArgumentOutOfRangeException>(() => Train(o =>
        {
            o.ValidationFraction = 0.1;
            o.ValidationSet = _validation;
        }));

        Assert.Contains("ValidationFraction is 0.1", atFit.Message, StringComparison.Ordinal);
        Assert.Contains("ValidationFraction is 0.1", whenBuilt.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_rows_with_other_classes_are_rejected()
    {
        // Keys with the same number of classes in another order, and keys with more classes.
        IDataView otherOrder = Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(Tables.Flowers(60, seed: 2).Reverse()));
        Flower[] four = Tables.Flowers(60, seed: 2);
        four[0].Label = "tulip";
        IDataView more = Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(four));

        foreach (IDataView validation in new[] { otherOrder, more })
        {
            Exception[] errors =
            [
                Assert.Throws<ArgumentOutOfRangeException>(() => Train().Fit(_training, validation)),
                Assert.Throws<ArgumentOutOfRangeException>(() => Train(o => o.ValidationSet = validation).Fit(_training)),
            ];
            Assert.All(errors, e => Assert.Contains("'Label'", e.Message, StringComparison.Ordinal));
            Assert.All(errors, e => Assert.Contains("MapValueToKey", e.Message, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("Label")]
    [InlineData("Features")]
    public void A_validation_set_with_a_missing_column_or_another_type_is_rejected(string column)
    {
        IDataView without = _ml.Transforms.DropColumns(column).Fit(_validation).Transform(_validation);
        IDataView wrong = _ml.Transforms.CopyColumns(column, "Name").Fit(_validation).Transform(_validation);

        foreach (IDataView validation in new[] { without, wrong })
        {
            Exception[] errors =
            [
                Assert.Throws<ArgumentOutOfRangeException>(() => Train().Fit(_training, validation)),
                Assert.Throws<ArgumentOutOfRangeException>(() => Train(o => o.ValidationSet = validation).Fit(_training)),
            ];
            Assert.All(errors, e => Assert.Contains($"'{column}'", e.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Validation_rows_with_another_number_of_features_are_rejected()
    {
        IDataView narrow = _ml.Transforms.Concatenate("Features", "SepalLength", "PetalLength").Fit(_validation).Transform(_validation);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Train().Fit(_training, narrow));

        Assert.Contains("'Features'", error.Message, StringComparison.Ordinal);
        Assert.Contains("4", error.Message, StringComparison.Ordinal);
        Assert.Contains("2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_distinguish_invalid_validation_rows_from_invalid_training_rows()
    {
        IDataView empty = _ml.Data.FilterRowsByColumn(_validation, "Weight", lowerBound: 2);
        IDataView holed = Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(Tables.Flowers(60).Select((f, i) => f.With(i == 4 ? float.NaN : f.Features[2]))));

        Assert.Contains("The validation data has no rows", Assert.Throws<InvalidOperationException>(() => Train().Fit(_training, empty)).Message, StringComparison.Ordinal);
        Assert.Contains("1 of 60 validation rows", Assert.Throws<InvalidOperationException>(() => Train(o => o.MissingValues = TargetPropMissingValues.Error).Fit(_training, holed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_binary_trainer_validates()
    {
        IDataView training = Models.Moons(_ml), validation = Models.Moons(_ml, 100, seed: 2);
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 30).With(o => o.EarlyStoppingPatience = 30));

        var model = trainer.Fit(training, validation);

        CalibratedBinaryClassificationMetrics metrics = _ml.BinaryClassification.Evaluate(model.Transform(validation));
        TargetPropTrainingSummary summary = model.Model.SubModel.TrainingSummary;
        // ML.NET's binary LogLoss is in bits.
        Assert.Equal(metrics.LogLoss * Math.Log(2), summary.ValidationLoss!.Value, 1e-5);
        Assert.Equal(1 - metrics.Accuracy, summary.ValidationError!.Value, 1e-5);
        IDataView wrong = _ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single).Fit(validation).Transform(validation);
        Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(training, wrong));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary().With(o => o.ValidationSet = wrong)).Fit(training));
    }

    private TargetPropMulticlassTrainer Train(Action<TargetPropMulticlassTrainer.Options>? change = null) =>
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(change ?? (_ => { })));
}
