using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests prediction engines: the scores are those of a batch, and the library allocates no managed memory per prediction.</summary>
public sealed class PredictionEngineTests(FlowerModel flowers) : IClassFixture<FlowerModel>
{
    private readonly MLContext _ml = flowers.Context;

    [Theory]
    [InlineData(TargetPropActivation.Tanh, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.Sigmoid, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.Relu, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.LeakyRelu, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.Elu, TargetPropLearningRule.Backpropagation)]
    public void A_row_has_the_same_scores_alone_and_in_a_batch(TargetPropActivation activation, TargetPropLearningRule rule)
    {
        foreach (TargetPropFeatureEncoding encoding in Enum.GetValues<TargetPropFeatureEncoding>())
        {
            TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 30).With(o =>
            {
                o.Activation = activation;
                o.LearningRule = rule;
                o.FeatureEncoding = encoding;
                o.Members = 2;
                o.HiddenUnits = [33, 20, 7];
            })).Fit(flowers.KeyTable);
            using var engine = _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(model);

            Flower[] rows = [.. Tables.Flowers(), .. new[] { 1e9f, -1e9f, 0f }.Select(Tables.Flowers(1)[0].With)];
            FlowerKeyPrediction[] batch = [.. _ml.Data.CreateEnumerable<FlowerKeyPrediction>(model.Transform(_ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false)];
            foreach ((Flower row, FlowerKeyPrediction expected) in rows.Zip(batch))
            {
                FlowerKeyPrediction alone = engine.Predict(row);
                Assert.Equal(expected.PredictedLabel, alone.PredictedLabel);
                for (int i = 0; i < 3; i++)
                    Assert.Equal(expected.Score[i], alone.Score[i], 1e-5f);
            }
        }
    }

    [Fact]
    public void Predictions_allocate_no_more_memory_than_those_of_a_linear_model()
    {
        // ML.NET's engine allocates memory, too. The limit is its allocation with a linear model on the same columns.
        var linear = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(flowers.KeyTable);
        IDataView moons = Models.Moons(_ml);
        var binary = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 1)).Fit(moons);
        var binaryLinear = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(moons);

        long theirs = Garbage<Flower, FlowerKeyPrediction>(linear, Tables.Flowers()), ours = Garbage<Flower, FlowerKeyPrediction>(flowers.Transformer, Tables.Flowers());
        long theirBinary = Garbage<MoonPoint, MoonPrediction>(binaryLinear, Tables.Moons()), ourBinary = Garbage<MoonPoint, MoonPrediction>(binary, Tables.Moons());

        // The runtime may allocate a few hundred bytes.
        Assert.InRange(ours, 0, theirs + 1000);
        Assert.InRange(ourBinary, 0, theirBinary + 1000);
    }

    [Fact]
    public void A_reused_result_object_has_the_scores_of_the_new_row()
    {
        using var engine = NewEngine();
        Flower[] rows = Tables.Flowers();
        FlowerPrediction result = engine.Predict(rows[0]);
        float[] first = [.. result.Score];

        engine.Predict(rows[1], ref result);

        Assert.Equal(engine.Predict(rows[1]).Score, result.Score);
        Assert.NotEqual(first, result.Score);
    }

    [Fact]
    public void When_missing_values_are_errors_only_a_row_with_NaN_has_NaN_scores_and_no_label()
    {
        TargetPropMulticlassTransformer strict = _ml.MulticlassClassification.Trainers.TargetPropClassifier(
            Models.Small().With(o => o.MissingValues = TargetPropMissingValues.Error)).Fit(flowers.KeyTable);
        using var engine = _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(strict);
        Flower row = Tables.Flowers()[0];
        FlowerKeyPrediction before = engine.Predict(row), lost = engine.Predict(row.With(float.NaN)), after = engine.Predict(row);

        Assert.Equal(3, lost.Score.Length);
        Assert.All(lost.Score, s => Assert.True(float.IsNaN(s)));
        Assert.Equal(0u, lost.PredictedLabel);
        Assert.Equal(before.Score, after.Score);
        Assert.NotEqual(0u, after.PredictedLabel);
    }

    [Fact]
    public void The_message_for_a_row_of_wrong_length_has_both_lengths()
    {
        using var engine = NewEngine();

        var error = Assert.Throws<InvalidOperationException>(() => engine.Predict(new() { Features = [1, 2, 3, 4, 5] }));

        Assert.Contains("4 features", error.Message, StringComparison.Ordinal);
        Assert.Contains("has 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Creating_an_engine_rejects_a_class_with_another_number_of_features()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Model.CreatePredictionEngine<MoonPoint, FlowerKeyPrediction>(flowers.Transformer));

        Assert.Contains("'Features'", error.Message, StringComparison.Ordinal);
        Assert.Contains("4", error.Message, StringComparison.Ordinal);
        Assert.Contains("2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_is_usable_after_an_engine_is_disposed()
    {
        List<string> before = ViewText.Rows(flowers.Transformer.Transform(flowers.KeyTable), "Score");
        _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(flowers.Transformer).Dispose();

        Assert.Equal(before, ViewText.Rows(flowers.Transformer.Transform(flowers.KeyTable), "Score"));
        using var engine = NewEngine();
        Assert.Equal("setosa", engine.Predict(Tables.Flowers()[0]).PredictedLabel);
    }

    private PredictionEngine<Flower, FlowerPrediction> NewEngine() =>
        _ml.Model.CreatePredictionEngine<Flower, FlowerPrediction>(flowers.Chain, new PredictionEngineOptions { OwnsTransformer = false });

    /// <summary>The bytes that 10,000 predictions allocate on this thread.</summary>
    private long Garbage<TRow, TPrediction>(ITransformer model, TRow[] rows) where TRow : class where TPrediction : class, new()
    {
        using var engine = _ml.Model.CreatePredictionEngine<TRow, TPrediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        TPrediction? result = null;
        for (int i = 0; i < 3000; i++)
            engine.Predict(rows[i % rows.Length], ref result!);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
            engine.Predict(rows[i % rows.Length], ref result!);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
