using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the multiclass trainer together with the rest of ML.NET, as a user does.</summary>
public sealed class MulticlassTrainerTests(FlowerModel flowers) : IClassFixture<FlowerModel>
{
    private readonly MLContext _ml = flowers.Context;

    [Fact]
    public void One_line_of_code_with_defaults_learns_the_flowers()
    {
        var ml = new MLContext(seed: 1);
        IDataView table = ml.Data.LoadFromEnumerable(Tables.Flowers());
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.MulticlassClassification.Trainers.TargetPropClassifier())
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

        var model = pipeline.Fit(table);

        IDataView unseen = ml.Data.LoadFromEnumerable(Tables.Flowers(300, seed: 2));
        Assert.InRange(ml.MulticlassClassification.Evaluate(model.Transform(unseen)).MicroAccuracy, 0.93, 1);
    }

    [Fact]
    public void The_short_form_passes_on_every_argument()
    {
        IDataView table = _ml.Transforms.CopyColumns("Kinds", "Label").Append(_ml.Transforms.CopyColumns("Measures", "Features"))
            .Append(_ml.Transforms.DropColumns("Label", "Features")).Fit(flowers.KeyTable).Transform(flowers.KeyTable);
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier("Kinds", "Measures", "Weight", [5, 6, 7], maxEpochs: 3, batchSize: 11);

        TargetPropMulticlassTransformer model = trainer.Fit(table);

        Assert.Equal([5, 6, 7], model.Model.HiddenUnits);
        Assert.Equal(3, model.Model.TrainingSummary.Epochs);
        Assert.Equal(11, model.Model.TrainingSummary.BatchSize);
        Assert.Equal("Weight", trainer.WeightColumn.Name);
        Assert.Equal("Kinds", trainer.LabelColumn.Name);
        Assert.Equal("Measures", model.FeatureColumnName);
    }

    [Fact]
    public void Score_is_a_distribution_over_the_classes_and_has_their_names()
    {
        IDataView scored = flowers.Transformer.Transform(flowers.KeyTable);

        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(Tables.Kinds, names.DenseValues().Select(n => n.ToString()));
        Assert.Equal(Tables.Kinds, flowers.Transformer.Model.ClassNames);
        foreach (float[] score in scored.GetColumn<float[]>("Score"))
        {
            Assert.All(score, s => Assert.InRange(s, 0f, 1f));
            Assert.Equal(1, score.Sum(s => (double)s), 5);
        }
    }

    [Fact]
    public void PredictedLabel_is_the_key_of_the_largest_score_with_the_values_of_the_label()
    {
        IDataView scored = flowers.Transformer.Transform(flowers.KeyTable);

        Assert.Equal(scored.Schema["Label"].Type, scored.Schema["PredictedLabel"].Type);
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["PredictedLabel"].GetKeyValues(ref names);
        Assert.Equal(Tables.Kinds, names.DenseValues().Select(n => n.ToString()));
        uint[] largest = [.. scored.GetColumn<float[]>("Score").Select(s => (uint)(Array.IndexOf(s, s.Max()) + 1))];
        Assert.Equal(largest, scored.GetColumn<uint>("PredictedLabel"));
    }

    [Fact]
    public void Text_labels_give_text_predictions()
    {
        IDataView scored = flowers.Chain.Transform(flowers.Table);

        string[] labels = [.. Tables.Flowers().Select(f => f.Label)];
        string[] predicted = [.. scored.GetColumn<string>("PredictedLabel")];
        Assert.InRange(labels.Zip(predicted, (l, p) => l == p).Count(hit => hit), 140, 150);
    }

    [Fact]
    public void Integer_labels_give_integer_predictions_and_slot_names()
    {
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Kind")
            .Append(_ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40).With(o => o.LabelColumnName = "Kind")))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

        var model = pipeline.Fit(flowers.Table);

        IDataView scored = model.Transform(flowers.Table);
        int[] kinds = [.. Tables.Flowers().Select(f => f.Kind)];
        Assert.InRange(kinds.Zip(scored.GetColumn<int>("PredictedLabel"), (k, p) => k == p).Count(hit => hit), 140, 150);
        Assert.Equal(["10", "20", "30"], model.OfType<TargetPropMulticlassTransformer>().Single().Model.ClassNames);
        Assert.Equal(NumberDataViewType.Int32, scored.Schema["PredictedLabel"].Type);
    }

    [Fact]
    public void Key_labels_without_values_are_classes_without_names()
    {
        IDataView table = _ml.Data.LoadFromEnumerable(Tables.Flowers().Select(f => new KeyedFlower { Label = (uint)f.Kind / 10 - 1, Features = f.Features }));
        Assert.False(table.Schema["Label"].HasKeyValues());

        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40)).Fit(table);

        IDataView scored = model.Transform(table);
        Assert.Empty(model.Model.ClassNames);
        Assert.False(scored.Schema["Score"].HasSlotNames());
        Assert.Equal(table.Schema["Label"].Type, scored.Schema["PredictedLabel"].Type);
        Assert.InRange(_ml.MulticlassClassification.Evaluate(scored).MicroAccuracy, 0.93, 1);
        using var engine = _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(Models.Load(_ml, Models.Zip(_ml, model, table.Schema)));
        Assert.Equal(1u, engine.Predict(Tables.Flowers()[0]).PredictedLabel);
    }

    [Fact]
    public void Evaluate_and_a_prediction_engine_agree_on_the_accuracy()
    {
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(flowers.Chain.Transform(flowers.Table));

        using var engine = NewEngine();
        int hits = Tables.Flowers().Count(f => engine.Predict(f).PredictedLabel == f.Label);
        Assert.InRange(metrics.MicroAccuracy, 0.93, 1);
        Assert.Equal(metrics.MicroAccuracy, hits / 150.0, 6);
        Assert.Equal(3, metrics.ConfusionMatrix.NumberOfClasses);
    }

    [Fact]
    public void Cross_validation_trains_a_model_for_every_fold()
    {
        var results = _ml.MulticlassClassification.CrossValidate(flowers.Table, Models.TextPipeline(_ml, Models.Small(epochs: 40)), numberOfFolds: 3);

        Assert.Equal(3, results.Count);
        Assert.All(results, r => Assert.InRange(r.Metrics.MicroAccuracy, 0.85, 1));
    }

    [Fact]
    public void Permutation_feature_importance_finds_the_petals()
    {
        var featurizer = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.Transforms.Concatenate("Features", nameof(Flower.SepalLength), nameof(Flower.SepalWidth), nameof(Flower.PetalLength), nameof(Flower.PetalWidth)))
            .Fit(flowers.Table);
        IDataView table = featurizer.Transform(flowers.Table);
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40)).Fit(table);

        var bySlot = _ml.MulticlassClassification.PermutationFeatureImportance(model, table, permutationCount: 3);
        var byName = _ml.MulticlassClassification.PermutationFeatureImportance((ITransformer)model, table, permutationCount: 3);

        double[] drops = [.. bySlot.Select(m => m.MicroAccuracy.Mean)];
        Assert.Equal(4, drops.Length);
        Assert.True(Math.Max(drops[2], drops[3]) < Math.Min(drops[0], drops[1]), string.Join(' ', drops));
        Assert.Contains(byName.MinBy(m => m.Value.MicroAccuracy.Mean).Key, new[] { nameof(Flower.PetalLength), nameof(Flower.PetalWidth) });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    public void Training_and_scoring_free_every_tensor(double validationFraction)
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);

        LiveTensors.AssertGivenBack(() =>
        {
            using TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(o => o.ValidationFraction = validationFraction)).Fit(flowers);
            Assert.Equal(150, model.Transform(flowers).GetColumn<float[]>("Score").Count());
        });
    }

    [Fact]
    public void A_cached_table_gives_the_same_model()
    {
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small());
        var plain = _ml.Transforms.Conversion.MapValueToKey("Label").Append(trainer);
        var cached = _ml.Transforms.Conversion.MapValueToKey("Label").AppendCacheCheckpoint(_ml).Append(trainer);

        Assert.Equal(plain.Fit(flowers.Table).LastTransformer.Bytes(), cached.Fit(flowers.Table).LastTransformer.Bytes());
    }

    [Fact]
    public void It_works_in_a_longer_pipeline()
    {
        // The trainer follows a transform that makes its features, and precedes a transform that reads its score.
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.Transforms.Concatenate("Measures", nameof(Flower.PetalLength), nameof(Flower.PetalWidth)))
            .Append(_ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40).With(o => o.FeatureColumnName = "Measures")))
            .Append(_ml.Transforms.CopyColumns("Probabilities", "Score"))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Append(_ml.Transforms.DropColumns("Measures"));

        var model = pipeline.Fit(flowers.Table);
        IDataView scored = model.Transform(flowers.Table);

        Assert.Equal(scored.GetColumn<float[]>("Score"), scored.GetColumn<float[]>("Probabilities"));
        Assert.InRange(_ml.MulticlassClassification.Evaluate(scored).MicroAccuracy, 0.93, 1);
        Assert.Null(scored.Schema.GetColumnOrNull("Measures"));
        Assert.True(((ITransformer)model).IsRowToRowMapper);
    }

    [Fact]
    public void TrainerInfo_is_correct_and_training_reads_the_rows_once()
    {
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small());
        var source = new CountingView(flowers.KeyTable);
        trainer.Fit(source);

        Assert.Equal((1, 150), (source.CursorsOpened, source.Rows));
        Assert.Equal(1, source.CursorsClosed);
        // Each fit reads the data once, but cross-validation and searches over options fit many times.
        Assert.True(trainer.Info.WantCaching);
        // The model standardizes its features, and its scores are probabilities, so ML.NET must not add either.
        Assert.False(trainer.Info.NeedNormalization);
        Assert.False(trainer.Info.NeedCalibration);
        Assert.True(trainer.Info.SupportsValidation);
        Assert.True(trainer.Info.SupportsIncrementalTraining);
    }

    [Fact]
    public void Unscaled_features_are_learned_as_well_as_scaled_ones()
    {
        var scaled = _ml.Transforms.NormalizeMeanVariance("Features").Append(_ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40)));
        IDataView wild = _ml.Data.LoadFromEnumerable(Tables.Flowers().Select(f => new Flower
        {
            Label = f.Label,
            Features = [f.Features[0] * 1e6f, f.Features[1] * 1e-6f, f.Features[2] * 1000 + 1e5f, f.Features[3]],
        }));
        IDataView table = Models.WithKeys(_ml, wild);

        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40)).Fit(table);

        double plain = _ml.MulticlassClassification.Evaluate(model.Transform(table)).MicroAccuracy;
        double reference = _ml.MulticlassClassification.Evaluate(scaled.Fit(flowers.KeyTable).Transform(flowers.KeyTable)).MicroAccuracy;
        Assert.InRange(plain, reference - 0.02, 1);
    }

    [Fact]
    public void Rows_without_a_label_are_skipped()
    {
        Flower[] rows = Tables.Flowers();
        Flower[] some = [.. rows.Where((_, i) => i % 5 != 0)];
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(flowers.Table);
        foreach (Flower row in rows.Where((_, i) => i % 5 == 0))
            row.Label = "unheard of";
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small());

        TargetPropMulticlassTransformer fromAll = trainer.Fit(keys.Transform(_ml.Data.LoadFromEnumerable(rows)));
        TargetPropMulticlassTransformer fromSome = trainer.Fit(keys.Transform(_ml.Data.LoadFromEnumerable(some)));

        Assert.Equal(fromSome.Bytes(), fromAll.Bytes());
        Assert.Equal(120, fromAll.Model.TrainingSummary.TrainingRows);
    }

    [Fact]
    public void An_example_weight_counts_like_copies_of_the_row()
    {
        // The whole table is one mini-batch, and nothing is random, so both trainings add the same terms in another order.
        TargetPropMulticlassTrainer.Options options = Models.Small(epochs: 20).With(o =>
        {
            o.BatchSize = 1000;
            o.InputNoise = 0;
            o.Feedback.Noise = 0;
            o.FeatureEncoding = TargetPropFeatureEncoding.None;
            o.ExampleWeightColumnName = "Weight";
        });
        Flower[] weighted = Tables.Flowers();
        foreach (Flower row in weighted)
            row.Weight = row.Label == "virginica" ? 3 : 1;
        IEnumerable<Flower> copied = Tables.Flowers().SelectMany(f => Enumerable.Repeat(f, f.Label == "virginica" ? 3 : 1));
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(options);

        float[][] withWeights = Scores(trainer.Fit(Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(weighted))));
        float[][] withCopies = Scores(trainer.Fit(Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(copied))));

        for (int i = 0; i < withWeights.Length; i++)
            Assert.All(withWeights[i].Zip(withCopies[i]), pair => Assert.Equal(pair.Second, pair.First, 3f / 1000));
    }

    [Fact]
    public void A_row_of_weight_0_has_no_influence()
    {
        Flower[] rows = Tables.Flowers(600);
        for (int i = 0; i < rows.Length; i++)
            rows[i].Weight = i % 20 == 0 ? 1 : 0;
        Flower[] kept = [.. rows.Where(r => r.Weight > 0)];
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.ExampleWeightColumnName = "Weight"));
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(flowers.Table);

        TargetPropMulticlassTransformer fromAll = trainer.Fit(keys.Transform(_ml.Data.LoadFromEnumerable(rows)));
        TargetPropMulticlassTransformer fromKept = trainer.Fit(keys.Transform(_ml.Data.LoadFromEnumerable(kept)));

        Assert.Equal(fromKept.Bytes(), fromAll.Bytes());
    }

    [Fact]
    public void Sparse_and_dense_feature_vectors_give_the_same_model_and_the_same_scores()
    {
        var random = new Random(3);
        float[][] vectors = [.. Enumerable.Range(0, 120).Select(i => Enumerable.Range(0, 30).Select(j => random.Next(4) == 0 || j % 3 == i % 3 && random.Next(3) == 0 ? 1f + random.Next(3) : 0f).ToArray())];
        IDataView dense = _ml.Data.LoadFromEnumerable(vectors.Select((v, i) => new SparseRow { Label = (uint)(i % 3), Features = new(30, v) }));
        IDataView sparse = _ml.Data.LoadFromEnumerable(vectors.Select((v, i) =>
        {
            int[] places = [.. Enumerable.Range(0, 30).Where(j => v[j] != 0)];
            return new SparseRow { Label = (uint)(i % 3), Features = new(30, places.Length, [.. places.Select(j => v[j])], places) };
        }));
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small());

        TargetPropMulticlassTransformer fromDense = trainer.Fit(dense), fromSparse = trainer.Fit(sparse);

        Assert.Equal(fromDense.Bytes(), fromSparse.Bytes());
        Assert.Equal(ViewText.Rows(fromDense.Transform(dense), "Score"), ViewText.Rows(fromDense.Transform(sparse), "Score"));
        using var engine = _ml.Model.CreatePredictionEngine<SparseRow, FlowerKeyPrediction>(fromDense);
        SparseRow[] denseRows = [.. _ml.Data.CreateEnumerable<SparseRow>(dense, reuseRowObject: false)], sparseRows = [.. _ml.Data.CreateEnumerable<SparseRow>(sparse, reuseRowObject: false)];
        for (int i = 0; i < 10; i++)
            Assert.Equal(engine.Predict(denseRows[i]).Score, engine.Predict(sparseRows[i]).Score);
    }

    [Fact]
    public void Training_and_scoring_work_with_more_than_a_million_sparse_features()
    {
        const int Columns = 1_200_000;
        IDataView table = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new WideRow { Label = (uint)(i % 2), Features = new(Columns, 1, [1f], [i % 2 == 0 ? 7 : Columns - 1]) }));
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1).With(o => (o.HiddenUnits, o.BatchSize, o.InputNoise) = ([2], 20, 0)));

        TargetPropMulticlassTransformer model = trainer.Fit(table);

        using var engine = _ml.Model.CreatePredictionEngine<WideRow, FlowerKeyPrediction>(model);
        WideRow[] rows = [.. _ml.Data.CreateEnumerable<WideRow>(table, reuseRowObject: false)];
        float[][] scores = [.. model.Transform(table).GetColumn<float[]>("Score")];
        Assert.Equal(40, scores.Length);
        for (int i = 0; i < 2; i++)
            Assert.All(engine.Predict(rows[i]).Score.Zip(scores[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Theory]
    [InlineData(TargetPropActivation.Tanh)]
    [InlineData(TargetPropActivation.Sigmoid)]
    [InlineData(TargetPropActivation.Relu)]
    [InlineData(TargetPropActivation.LeakyRelu)]
    [InlineData(TargetPropActivation.Elu)]
    public void Every_activation_learns_flowers(TargetPropActivation activation)
    {
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 60).With(o => o.Activation = activation));

        IDataView scored = trainer.Fit(flowers.KeyTable).Transform(flowers.KeyTable);

        Assert.InRange(_ml.MulticlassClassification.Evaluate(scored).MicroAccuracy, 0.9, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(150)]
    [InlineData(100_000)]
    public void Any_batch_size_trains(int batchSize)
    {
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(o => o.BatchSize = batchSize));

        TargetPropMulticlassTransformer model = trainer.Fit(flowers.KeyTable);

        Assert.Equal(batchSize, model.Model.TrainingSummary.BatchSize);
        Assert.Equal(150, model.Transform(flowers.KeyTable).GetColumn<uint>("PredictedLabel").Count());
    }

    [Fact]
    public void A_network_of_50_hidden_layers_can_be_trained_saved_and_scored()
    {
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1).With(o => o.HiddenUnits = [.. Enumerable.Repeat(4, 50)]));

        TargetPropMulticlassTransformer model = trainer.Fit(flowers.KeyTable);

        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, model, flowers.KeyTable.Schema));
        Assert.Equal(50, model.Model.HiddenUnits.Count);
        Assert.Equal(ViewText.Rows(model.Transform(flowers.KeyTable), "Score"), ViewText.Rows(loaded.Transform(flowers.KeyTable), "Score"));
    }

    private PredictionEngine<Flower, FlowerPrediction> NewEngine() =>
        _ml.Model.CreatePredictionEngine<Flower, FlowerPrediction>(flowers.Chain, new PredictionEngineOptions { OwnsTransformer = false });

    private float[][] Scores(TargetPropMulticlassTransformer model) => [.. model.Transform(flowers.KeyTable).GetColumn<float[]>("Score")];

    private sealed class KeyedFlower
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }

    private sealed class WideRow
    {
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(1_200_000)]
        public VBuffer<float> Features { get; set; }
    }

    private sealed class SparseRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(30)]
        public VBuffer<float> Features { get; set; }
    }
}
