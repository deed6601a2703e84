using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tables with gaps and with extreme columns, through the trainers of all three tasks.</summary>
public sealed class MissingValuesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_class_that_depends_on_what_is_missing_is_learned_and_the_saved_model_knows_it_too()
    {
        IDataView table = Points(400, (random, i) => ([Value(random), i % 2 == 0 ? float.NaN : Value(random)], i % 2 == 0));
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier().Fit(table);

        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_ml, model, table.Schema));

        Assert.InRange(_ml.BinaryClassification.Evaluate(model.Transform(table)).Accuracy, 0.99, 1);
        Assert.Equal(model.Transform(table).GetColumn<float>("Score"), loaded.Transform(table).GetColumn<float>("Score"));
    }

    [Fact]
    public void One_line_of_the_log_says_that_gaps_were_seen()
    {
        var lines = new List<string>();
        _ml.Log += (_, e) => lines.Add(e.Kind == ChannelMessageKind.Info ? e.RawMessage : "");

        _ml.BinaryClassification.Trainers.TargetPropClassifier(maxEpochs: 1).Fit(Points(60, (random, i) => ([i == 7 ? float.NaN : Value(random), Value(random)], i % 2 == 0)));

        Assert.Single(lines, line => line.Contains("'Features' has missing values in 1 of 2 slots", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TargetPropFeatureEncoding.PiecewiseLinear)]
    [InlineData(TargetPropFeatureEncoding.Robust)]
    public void A_gap_that_training_never_saw_counts_as_the_median(TargetPropFeatureEncoding encoding)
    {
        IDataView table = Points(101, (_, i) => ([i, 100 - i], i % 2 == 0));
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 5).With(o => o.FeatureEncoding = encoding)).Fit(table);
        using var engine = _ml.Model.CreatePredictionEngine<Point, PointPrediction>(model);

        Assert.Equal(engine.Predict(new() { Features = [50, 3] }).Score, engine.Predict(new() { Features = [float.NaN, 3] }).Score);
    }

    [Fact]
    public void A_gap_in_standardised_features_counts_as_the_mean()
    {
        IDataView table = Points(100, (_, i) => ([i < 50 ? 0 : 4, i], i % 2 == 0));
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(
            Models.SmallBinary(epochs: 5).With(o => o.FeatureEncoding = TargetPropFeatureEncoding.Standardize)).Fit(table);
        using var engine = _ml.Model.CreatePredictionEngine<Point, PointPrediction>(model);

        Assert.Equal(engine.Predict(new() { Features = [2, 3] }).Score, engine.Predict(new() { Features = [float.NaN, 3] }).Score);
    }

    [Fact]
    public void Raw_features_refuse_gaps_and_name_the_option()
    {
        IDataView table = Points(60, (random, i) => ([i == 7 ? float.NaN : Value(random), Value(random)], i % 2 == 0));
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(new TargetPropBinaryTrainer.Options { FeatureEncoding = TargetPropFeatureEncoding.None });

        string message = Assert.Throws<InvalidOperationException>(() => trainer.Fit(table)).Message;

        Assert.Contains("row 8 holds NaN in slot 0", message, StringComparison.Ordinal);
        Assert.Contains("FeatureEncoding is not None", message, StringComparison.Ordinal);
    }

    /// <summary>Extreme columns beside one that decides the class.</summary>
    public static TheoryData<string> Extremes => ["constant", "empty", "huge", "new value"];

    [Theory]
    [MemberData(nameof(Extremes))]
    public void An_extreme_column_spoils_neither_training_nor_prediction(string kind)
    {
        float Extreme(int i, bool later) => kind switch
        {
            "constant" => 7,
            "empty" => float.NaN,
            "huge" => i % 3 == 0 ? 1e38f : i % 3 == 1 ? -1e38f : 0,
            _ => later ? -5e8f : 3,
        };
        (float[], bool) Row(Random random, int i, bool later)
        {
            float x = Value(random);
            return ([Extreme(i, later), x, Value(random)], x > 0);
        }
        IDataView training = Points(300, (random, i) => Row(random, i, later: false)), later = Points(300, (random, i) => Row(random, i, later: true), seed: 2);

        var classifier = _ml.BinaryClassification.Trainers.TargetPropClassifier().Fit(training);
        var regression = _ml.Regression.Trainers.TargetPropRegression(labelColumnName: "Amount").Fit(training);

        Assert.InRange(_ml.BinaryClassification.Evaluate(classifier.Transform(later)).Accuracy, 0.9, 1);
        Assert.InRange(_ml.Regression.Evaluate(regression.Transform(later), "Amount").RSquared, 0.8, 1);
    }

    [Fact]
    public void A_table_of_constant_columns_predicts_what_it_can()
    {
        IDataView table = Points(60, (_, i) => ([7, -2], i % 3 == 0));

        float[] probabilities = [.. _ml.BinaryClassification.Trainers.TargetPropClassifier().Fit(table).Transform(table).GetColumn<float>("Probability")];

        Assert.All(probabilities, p => Assert.InRange(p, 0.2, 0.47));
    }

    [Fact]
    public void An_infinite_value_at_prediction_counts_as_a_very_large_one()
    {
        IDataView table = Points(200, (random, _) => Value(random) is var x ? ([x, Value(random)], x > 0) : default);
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier().Fit(table);
        using var engine = _ml.Model.CreatePredictionEngine<Point, PointPrediction>(model);

        Assert.True(engine.Predict(new() { Features = [float.PositiveInfinity, 0] }).Score > 0);
        Assert.True(engine.Predict(new() { Features = [float.NegativeInfinity, 0] }).Score < 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Mini_batches_of_few_rows_train_a_small_table(int batchSize)
    {
        IDataView table = Points(40, (random, i) => ([Value(random), i % 2], i % 2 == 0));
        var options = new TargetPropBinaryTrainer.Options { BatchSize = batchSize, MaxEpochs = 3, Seed = 1 };

        Assert.Equal(3, _ml.BinaryClassification.Trainers.TargetPropClassifier(options).Fit(table).Model.SubModel.TrainingSummary.Epochs);
    }

    [Fact]
    public void Training_goes_on_from_a_model_only_with_gaps_that_the_options_accept()
    {
        IDataView whole = Points(60, (random, i) => ([Value(random), Value(random)], i % 2 == 0));
        IDataView holed = Points(60, (random, i) => ([i == 7 ? float.NaN : Value(random), Value(random)], i % 2 == 0));
        var first = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 2)).Fit(whole);
        TargetPropBinaryModelParameters model = first.Model.SubModel;

        _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 2)).Fit(holed, model);
        Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(
            Models.SmallBinary(epochs: 2).With(o => o.MissingValues = TargetPropMissingValues.Error)).Fit(holed, model));
    }

    [Theory]
    [InlineData(TargetPropRegressionLoss.Squared)]
    [InlineData(TargetPropRegressionLoss.Absolute)]
    [InlineData(TargetPropRegressionLoss.Huber)]
    public void A_label_that_is_far_off_does_not_end_a_regression(TargetPropRegressionLoss loss)
    {
        var random = new Random(1);
        Point[] rows = [.. Enumerable.Range(0, 1000).Select(i => Value(random) is var x ? new Point { Features = [x, Value(random)], Amount = i == 500 ? 1000 : x } : new())];
        IDataView table = _ml.Data.LoadFromEnumerable(rows), others = _ml.Data.LoadFromEnumerable(rows.Where(row => row.Amount < 1000));
        var options = new TargetPropRegressionTrainer.Options { LabelColumnName = "Amount", Loss = loss, Seed = 1 };

        var model = _ml.Regression.Trainers.TargetPropRegression(options).Fit(table);

        Assert.True(_ml.Regression.Evaluate(model.Transform(others), "Amount").MeanAbsoluteError < (loss == TargetPropRegressionLoss.Squared ? 20 : 0.5));
    }

    private static float Value(Random random) => (float)Tables.Gaussian(random);

    private IDataView Points(int rows, Func<Random, int, (float[] Features, bool Label)> row, int seed = 1)
    {
        var random = new Random(seed);
        Point[] points = [.. Enumerable.Range(0, rows).Select(i => row(random, i)).Select(p => new Point { Features = p.Features, Label = p.Label, Amount = p.Features.Length > 1 ? p.Features[1] : 0 })];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Point));
        schema[nameof(Point.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, points[0].Features.Length);
        return _ml.Data.LoadFromEnumerable(points, schema);
    }

    private sealed class Point
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }

        public float Amount { get; set; }
    }

    private sealed class PointPrediction
    {
        public float Score { get; set; }
    }
}
