using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>One row at a time: the numbers of the batches, and no garbage.</summary>
public sealed class PredictionEngineTests(FlowerModel flowers) : IClassFixture<FlowerModel>
{
    private readonly MLContext _ml = flowers.Context;

    [Theory]
    [InlineData(TargetPropActivation.Tanh, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.Sigmoid, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.Relu, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.LeakyRelu, TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropActivation.Elu, TargetPropLearningRule.Backpropagation)]
    public void A_row_alone_and_a_row_in_a_batch_have_the_same_scores(TargetPropActivation activation, TargetPropLearningRule rule)
    {
        foreach (bool standardize in new[] { true, false })
        {
            TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 30).With(o =>
            {
                o.Activation = activation;
                o.LearningRule = rule;
                o.StandardizeFeatures = standardize;
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
    public void Predictions_leave_no_garbage_of_ours()
    {
        // ML.NET's own engine and a linear model of its, on the same columns, are what is allowed.
        var linear = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(flowers.KeyTable);
        IDataView moons = Models.Moons(_ml);
        var binary = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 1)).Fit(moons);
        var binaryLinear = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(moons);

        long theirs = Garbage<Flower, FlowerKeyPrediction>(linear, Tables.Flowers()), ours = Garbage<Flower, FlowerKeyPrediction>(flowers.Transformer, Tables.Flowers());
        long theirBinary = Garbage<MoonPoint, MoonPrediction>(binaryLinear, Tables.Moons()), ourBinary = Garbage<MoonPoint, MoonPrediction>(binary, Tables.Moons());

        // A few hundred bytes may be the runtime's.
        Assert.InRange(ours, 0, theirs + 1000);
        Assert.InRange(ourBinary, 0, theirBinary + 1000);
    }

    [Fact]
    public void A_result_that_is_used_again_holds_the_new_row()
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
    public void A_row_with_NaN_gets_NaN_scores_and_no_label_and_the_next_row_is_not_touched()
    {
        using var engine = NewEngine();
        Flower row = Tables.Flowers()[0];
        FlowerPrediction before = engine.Predict(row), lost = engine.Predict(row.With(float.NaN)), after = engine.Predict(row);

        Assert.Equal(3, lost.Score.Length);
        Assert.All(lost.Score, s => Assert.True(float.IsNaN(s)));
        Assert.True(string.IsNullOrEmpty(lost.PredictedLabel));
        Assert.Equal(before.Score, after.Score);
        Assert.Equal("setosa", after.PredictedLabel);
    }

    [Fact]
    public void A_row_of_the_wrong_length_is_refused_with_both_lengths()
    {
        using var engine = NewEngine();

        var error = Assert.Throws<InvalidOperationException>(() => engine.Predict(new() { Features = [1, 2, 3, 4, 5] }));

        Assert.Contains("4 features", error.Message, StringComparison.Ordinal);
        Assert.Contains("has 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_with_another_number_of_features_makes_no_engine()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Model.CreatePredictionEngine<MoonPoint, FlowerKeyPrediction>(flowers.Transformer));

        Assert.Contains("'Features'", error.Message, StringComparison.Ordinal);
        Assert.Contains("4", error.Message, StringComparison.Ordinal);
        Assert.Contains("2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_that_is_disposed_leaves_the_model_usable()
    {
        List<string> before = ViewText.Rows(flowers.Transformer.Transform(flowers.KeyTable), "Score");
        _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(flowers.Transformer).Dispose();

        Assert.Equal(before, ViewText.Rows(flowers.Transformer.Transform(flowers.KeyTable), "Score"));
        using var engine = NewEngine();
        Assert.Equal("setosa", engine.Predict(Tables.Flowers()[0]).PredictedLabel);
    }

    private PredictionEngine<Flower, FlowerPrediction> NewEngine() =>
        _ml.Model.CreatePredictionEngine<Flower, FlowerPrediction>(flowers.Chain, new PredictionEngineOptions { OwnsTransformer = false });

    /// <summary>Bytes that 10,000 predictions of this thread allocate.</summary>
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
