using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>A regression is trained, evaluated and used as any regression of ML.NET is.</summary>
public sealed class RegressionTrainerTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void With_defaults_it_predicts_a_bent_surface_almost_to_its_noise_where_a_linear_model_cannot()
    {
        IDataView train = Waves.View(_ml, 600), test = Waves.View(_ml, 600, seed: 2);

        RegressionMetrics ours = Evaluate(_ml.Regression.Trainers.TargetPropRegression().Fit(train), test);
        RegressionMetrics linear = Evaluate(_ml.Transforms.NormalizeMeanVariance("Features").Append(_ml.Regression.Trainers.Sdca()).Fit(train), test);

        double noise = Math.Sqrt(Waves.Points(600, 2).Average(p => Math.Pow(p.Label - p.Mean, 2)));
        Assert.InRange(ours.RootMeanSquaredError, 0.9 * noise, 1.3 * noise);
        Assert.True(linear.RootMeanSquaredError > 1.5 * ours.RootMeanSquaredError, $"linear {linear.RootMeanSquaredError}, ours {ours.RootMeanSquaredError}");
    }

    [Theory]
    [InlineData(TargetPropRegressionLoss.Absolute)]
    [InlineData(TargetPropRegressionLoss.Huber)]
    public void A_robust_loss_is_not_led_astray_by_a_few_absurd_labels(TargetPropRegressionLoss loss)
    {
        WavePoint[] rows = Waves.Points(600);
        for (int i = 0; i < rows.Length; i += 20)
            rows[i].Label = 1e6f;
        IDataView train = _ml.Data.LoadFromEnumerable(rows), test = Waves.View(_ml, 600, seed: 2);
        RegressionMetrics With(TargetPropRegressionLoss chosen) => Evaluate(_ml.Regression.Trainers.TargetPropRegression(Waves.Small(80, o => o.Loss = chosen)).Fit(train), test);

        double robust = With(loss).MeanAbsoluteError, squared = With(TargetPropRegressionLoss.Squared).MeanAbsoluteError;

        Assert.InRange(robust, 5, 25);
        Assert.InRange(squared, 1000, double.MaxValue);
    }

    [Fact]
    public void The_units_of_the_label_do_not_matter()
    {
        WavePoint[] other = Waves.Points();
        foreach (WavePoint point in other)
            point.Label = 1024 * point.Label;
        float[] plain = Scores(Trainer(20).Fit(Waves.View(_ml)), Waves.View(_ml));
        float[] large = Scores(Trainer(20).Fit(_ml.Data.LoadFromEnumerable(other)), Waves.View(_ml));

        Assert.All(plain.Zip(large), pair => Assert.Equal(1024 * pair.First, pair.Second, 0.1f));
    }

    [Fact]
    public void Metrics_of_an_epoch_are_the_error_in_units_of_the_label_and_the_loss_without_units()
    {
        var epochs = new List<TargetPropEpochMetrics>();
        IDataView train = Waves.View(_ml), test = Waves.View(_ml, 200, seed: 2);

        TargetPropRegressionTransformer model = Trainer(30, o => o.EpochCallback = epochs.Add).Fit(train, test);

        Assert.Equal(30, epochs.Count);
        RegressionMetrics measured = Evaluate(model, test);
        TargetPropTrainingSummary summary = model.Model.TrainingSummary;
        Assert.Equal(measured.RootMeanSquaredError, epochs[^1].ValidationError!.Value, 1e-3 * measured.RootMeanSquaredError);
        double spread = model.Model.Output.Scale.Spread;
        Assert.Equal(measured.MeanSquaredError / (2 * spread * spread), epochs[^1].ValidationLoss!.Value, 1e-3);
        Assert.InRange(epochs[^1].TrainingError, 5, 0.7 * epochs[0].TrainingError);
        Assert.Equal((epochs[^1].TrainingLoss, epochs[^1].TrainingError, epochs[^1].ValidationError), (summary.TrainingLoss, summary.TrainingError, summary.ValidationError));
        Assert.Equal(2, epochs[^1].LayerLosses.Count);
    }

    [Fact]
    public void Early_stopping_keeps_the_best_epoch()
    {
        var epochs = new List<TargetPropEpochMetrics>();
        TargetPropRegressionTransformer model = Trainer(200, o => (o.ValidationFraction, o.EarlyStoppingPatience, o.LearningRate, o.EpochCallback) = (0.3, 5, 0.02, epochs.Add)).Fit(Waves.View(_ml));

        Assert.InRange(epochs.Count, 6, 199);
        Assert.Equal(epochs.MinBy(e => e.ValidationLoss)!.Epoch, model.Model.TrainingSummary.BestEpoch);
    }

    [Fact]
    public void Batches_single_rows_and_a_prediction_engine_agree_within_rounding()
    {
        IDataView rows = Waves.View(_ml, 700);
        TargetPropRegressionTransformer model = Trainer(5, o => o.Quantiles = [0.1f, 0.9f]).Fit(rows);

        WaveQuantiles[] batched = [.. _ml.Data.CreateEnumerable<WaveQuantiles>(model.Transform(rows), reuseRowObject: false)];
        using var engine = _ml.Model.CreatePredictionEngine<WavePoint, WaveQuantiles>(model);

        foreach ((WavePoint point, WaveQuantiles expected) in Waves.Points(700).Zip(batched))
        {
            WaveQuantiles single = engine.Predict(point);
            Assert.Equal(expected.Score, single.Score, 0.01f);
            Assert.All(expected.Quantiles.Zip(single.Quantiles), pair => Assert.Equal(pair.First, pair.Second, 0.01f));
        }
    }

    [Fact]
    public void When_missing_values_are_errors_a_row_with_one_has_no_score()
    {
        TargetPropRegressionTransformer model = Trainer(2, o => (o.Quantiles, o.MissingValues) = ([0.1f, 0.9f], TargetPropMissingValues.Error)).Fit(Waves.View(_ml));
        IDataView rows = _ml.Data.LoadFromEnumerable([new WavePoint { Features = [float.NaN, 0] }, new WavePoint { Features = [100, -5] }]);

        WaveQuantiles[] scored = [.. _ml.Data.CreateEnumerable<WaveQuantiles>(model.Transform(rows), reuseRowObject: false)];

        Assert.True(float.IsNaN(scored[0].Score) && scored[0].Quantiles.All(float.IsNaN));
        Assert.True(float.IsFinite(scored[1].Score) && scored[1].Quantiles.All(float.IsFinite));
    }

    [Fact]
    public void The_members_of_a_model_are_averaged()
    {
        IDataView rows = Waves.View(_ml);
        TargetPropRegressionTransformer model = Trainer(5, o => (o.Members, o.Quantiles) = (3, [0.1f, 0.9f])).Fit(rows);
        WaveQuantiles[] scored = [.. _ml.Data.CreateEnumerable<WaveQuantiles>(model.Transform(rows), reuseRowObject: false)];

        RowScorer[] members = [.. model.Model.Classifier.Members.Select(m => new RowScorer([m]))];

        Assert.Equal(3, members.Length);
        foreach ((WavePoint point, WaveQuantiles found) in Waves.Points().Zip(scored))
        {
            float[][] each = [.. members.Select(m =>
            {
                point.Features.CopyTo(m.Features);
                return m.Logits().ToArray();
            })];
            float[] mean = [.. Enumerable.Range(0, 3).Select(k => each.Average(a => a[k]))];
            model.Model.Output.Finish(mean);
            Assert.All(mean.Zip([found.Score, .. found.Quantiles]), pair => Assert.Equal(pair.First, pair.Second, 0.01f));
        }
    }

    [Fact]
    public void The_choice_of_the_weight_decay_copes_with_values_that_only_a_few_rows_have()
    {
        // Ten values of each column occur once. A part of the rows has some of them, so its columns have other pieces than those of all rows.
        WavePoint[] rows = Waves.Points(60);
        for (int i = 0; i < rows.Length; i++)
            rows[i].Features = [i < 10 ? i : 10 + (i % 2), i >= 50 ? i : i % 3];

        TargetPropRegressionTransformer model = _ml.Regression.Trainers.TargetPropRegression(new TargetPropRegressionTrainer.Options { Seed = 1, HiddenUnits = [8] }).Fit(_ml.Data.LoadFromEnumerable(rows));

        Assert.Equal(60, model.Model.TrainingSummary.TrainingRows);
    }

    [Fact]
    public void It_cross_validates()
    {
        var folds = _ml.Regression.CrossValidate(Waves.View(_ml), Trainer(40), numberOfFolds: 3);

        Assert.Equal(3, folds.Count);
        Assert.All(folds, f => Assert.InRange(f.Metrics.RSquared, 0.7, 1));
    }

    [Fact]
    public void Permutation_importance_finds_the_feature_that_matters_more()
    {
        IDataView rows = Waves.View(_ml);
        TargetPropRegressionTransformer model = Trainer(60).Fit(rows);

        var importance = _ml.Regression.PermutationFeatureImportance(model, model.Transform(rows));

        Assert.Equal(2, importance.Length);
        Assert.True(importance[0].RSquared.Mean < importance[1].RSquared.Mean && importance[1].RSquared.Mean < -0.01);
    }

    [Fact]
    public void Rows_of_weight_0_have_no_effect_and_heavier_rows_have_more()
    {
        WavePoint[] rows = [.. Waves.Points(200), .. Waves.Points(200, seed: 2)];
        foreach (WavePoint point in rows[200..])
            (point.Label, point.Weight) = (point.Label + 500, 0);
        float[] Trained(float weight)
        {
            foreach (WavePoint point in rows[200..])
                point.Weight = weight;
            return Scores(Trainer(60, o => o.ExampleWeightColumnName = "Weight").Fit(_ml.Data.LoadFromEnumerable(rows)), Waves.View(_ml));
        }
        double bias(float[] scores) => scores.Zip(Waves.Points(), (s, p) => s - p.Mean).Average();

        float[] alone = Scores(Trainer(60).Fit(_ml.Data.LoadFromEnumerable(rows[..200])), Waves.View(_ml)), without = Trained(0);

        Assert.Equal(alone, without);
        Assert.InRange(bias(alone), -20, 20);
        // Of two labels 500 apart at the same place, the mean weighs the second with weight / (1 + weight).
        Assert.InRange(bias(Trained(1)), 200, 300);
        Assert.InRange(bias(Trained(4)), 350, 450);
    }

    [Fact]
    public void Training_continues_from_a_model_with_its_scales()
    {
        IDataView rows = Waves.View(_ml), others = Waves.View(_ml, 100, seed: 5);
        TargetPropRegressionTransformer first = Trainer(60).Fit(rows);
        double cold = 0, warm = 0;
        Trainer(1, o => o.EpochCallback = e => cold = e.TrainingLoss).Fit(others);

        TargetPropRegressionTransformer next = Trainer(1, o => o.EpochCallback = e => warm = e.TrainingLoss).Fit(others, first.Model);

        Assert.InRange(warm, 0, cold / 2);
        Assert.Equal(first.Model.Output.Scale, next.Model.Output.Scale);
        var loaded = (TargetPropRegressionTransformer)Models.Load(new MLContext(), Models.Zip(_ml, first, rows.Schema));
        Assert.Equal(next.Bytes(), Trainer(1).Fit(others, loaded.Model).Bytes());
        var error = Assert.Throws<InvalidOperationException>(() => Trainer(1, o => o.Quantiles = [0.5f]).Fit(others, first.Model));
        Assert.Contains("Quantiles: the model has [], the options [0.5]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_starts_from_an_autoencoder()
    {
        IDataView rows = Waves.View(_ml);
        using TargetPropFeaturizerTransformer featurizer = _ml.Transforms.TargetPropFeaturizer(
            new TargetPropFeaturizerEstimator.Options { OutputColumnName = "Code", InputColumnName = "Features", HiddenUnits = [16, 8], MaxEpochs = 5, Seed = 1 }).Fit(rows);

        TargetPropRegressionTransformer model = _ml.Regression.Trainers.TargetPropRegression(
            new TargetPropRegressionTrainer.Options { Activation = TargetPropActivation.Relu, MaxEpochs = 60, Seed = 1 }).Fit(rows, featurizer.Model);

        Assert.Equal([16, 8], model.Model.HiddenUnits);
        Assert.InRange(Evaluate(model, rows).RSquared, 0.6, 1);
    }

    [Theory]
    [InlineData(TargetPropUnitType.Sign)]
    [InlineData(TargetPropUnitType.Quantized)]
    [InlineData(TargetPropUnitType.Stochastic)]
    public void Discrete_and_stochastic_units_predict_numbers(TargetPropUnitType units)
    {
        IDataView rows = Waves.View(_ml);
        TargetPropRegressionTransformer model = Trainer(100, o => (o.UnitType, o.HiddenUnits, o.LearningRate) = (units, [40, 40], 0.01)).Fit(rows);
        using var engine = _ml.Model.CreatePredictionEngine<WavePoint, WavePrediction>(model);

        float[] batched = Scores(model, rows);

        Assert.InRange(Evaluate(model, rows).RSquared, 0.5, 1);
        // Rows of such networks are scored one by one, so a row scores the same wherever it is.
        Assert.Equal(batched, Waves.Points().Select(p => engine.Predict(p).Score));
    }

    public static TheoryData<TargetPropLearningRule> Rules { get; } = [.. Enum.GetValues<TargetPropLearningRule>().Where(r => r != TargetPropLearningRule.StraightThrough)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_rule_learns_numbers_and_quantiles(TargetPropLearningRule rule)
    {
        IDataView rows = Waves.View(_ml);
        TargetPropRegressionTransformer model = _ml.Regression.Trainers.TargetPropRegression(
            new TargetPropRegressionTrainer.Options { LearningRule = rule, HiddenUnits = [30, 30], MaxEpochs = 80, Seed = 1, Quantiles = [0.1f, 0.9f] }).Fit(rows);

        Assert.InRange(Evaluate(model, rows).RSquared, rule == TargetPropLearningRule.TargetPropagation ? 0.3 : 0.6, 1);
    }

    [Fact]
    public void Diagnostics_show_the_targets_of_a_trained_model()
    {
        IDataView rows = Waves.View(_ml);
        TargetPropEpochMetrics? last = null;
        TargetPropRegressionTrainer.Options options = Waves.Small(20, o => (o.DiagnosticsRows, o.EpochCallback) = (64, e => last = e));
        TargetPropRegressionTransformer model = _ml.Regression.Trainers.TargetPropRegression(options).Fit(rows);

        TargetPropDiagnosticsReport report = TargetPropDiagnostics.Analyze(model.Model, rows, options);

        Assert.NotNull(last!.Diagnostics);
        Assert.Equal(3, report.Layers.Count);
        // The last hidden layer and the output follow back-propagation by construction.
        Assert.All(report.Layers.Skip(1), layer => Assert.InRange(layer.UpdateAngle!.Value, 0, 0.01));
        Assert.InRange(report.Layers[0].UpdateAngle!.Value, 0.01, 90);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => TargetPropDiagnostics.Analyze(model.Model, rows, Waves.Small(1, o => o.LabelColumnName = "Features")));
        Assert.Contains("Single", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_token_ends_training_and_a_rate_that_is_too_high_is_reported()
    {
        using var stop = new CancellationTokenSource();
        TargetPropRegressionTrainer cancelled = Trainer(1000, o => (o.CancellationToken, o.EpochCallback) = (stop.Token, _ => stop.Cancel()));
        TargetPropRegressionTrainer wild = Trainer(20, o => (o.LearningRate, o.LearningRule, o.Activation) = (1e6, TargetPropLearningRule.Backpropagation, TargetPropActivation.Relu));

        Assert.Throws<OperationCanceledException>(() => cancelled.Fit(Waves.View(_ml)));
        var error = Assert.Throws<InvalidOperationException>(() => wild.Fit(Waves.View(_ml)));
        Assert.All(["diverged in epoch 1", "mean loss is", "a blind guess has", "LearningRate"], text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_options_have_effects()
    {
        IDataView rows = Waves.View(_ml);
        byte[] Train(Action<TargetPropRegressionTrainer.Options>? change = null) => Trainer(3, change).Fit(rows).Bytes();
        byte[] plain = Train();

        Assert.Equal(plain, Train());
        Action<TargetPropRegressionTrainer.Options>[] changes =
        [
            o => o.Loss = TargetPropRegressionLoss.Absolute, o => o.Loss = TargetPropRegressionLoss.Huber, o => (o.Loss, o.HuberWidth) = (TargetPropRegressionLoss.Huber, 0.1),
            o => o.Quantiles = [0.5f], o => o.Quantiles = [0.6f], o => o.Seed = 2, o => o.LearningRate = 0.01, o => o.InputNoise = 0.3, o => o.Dropout = 0.2,
        ];
        Assert.Equal(changes.Length, changes.Select(c => Convert.ToHexString(Train(c))).Append(Convert.ToHexString(plain)).Distinct().Count() - 1);
    }

    [Fact]
    public void A_saved_model_predicts_the_same_bits_and_knows_its_loss_and_quantiles()
    {
        IDataView rows = Waves.View(_ml);
        TargetPropRegressionTransformer model = Trainer(5, o => (o.Loss, o.Quantiles) = (TargetPropRegressionLoss.Huber, [0.25f, 0.75f])).Fit(rows);

        var loaded = (TargetPropRegressionTransformer)Models.Load(new MLContext(), Models.Zip(_ml, model, rows.Schema));

        Assert.Equal(ViewText.Rows(model.Transform(rows)), ViewText.Rows(loaded.Transform(rows)));
        Assert.Equal((TargetPropRegressionLoss.Huber, 2), (loaded.Model.Loss, loaded.Model.FeatureCount));
        Assert.Equal([0.25f, 0.75f], loaded.Model.Quantiles);
        Assert.Equal(model.Model.TrainingSummary.TrainingError, loaded.Model.TrainingSummary.TrainingError);
    }

    [Fact]
    public void A_process_that_references_only_MLNet_loads_the_model_and_gives_the_same_quantiles()
    {
        IDataView rows = Waves.View(_ml, 100);
        TargetPropRegressionTransformer model = Trainer(3, o => (o.Quantiles, o.Members) = ([0.1f, 0.9f], 2)).Fit(rows);

        Assert.Equal(model.Transform(rows).GetColumn<float[]>("Quantiles").Select(FreshProcess.Bits), FreshProcess.Transform(_ml, model, rows, "Quantiles"));
    }

    [Theory]
    [InlineData(TargetPropRegressionLoss.Squared)]
    [InlineData(TargetPropRegressionLoss.Absolute)]
    [InlineData(TargetPropRegressionLoss.Huber)]
    public void Training_calibration_and_scoring_free_every_tensor(TargetPropRegressionLoss loss)
    {
        IDataView rows = Waves.View(_ml);
        void Work()
        {
            using TargetPropRegressionTransformer model = Trainer(2, o => (o.Loss, o.Quantiles, o.ValidationFraction) = (loss, [0.1f, 0.9f], 0.2)).Fit(rows);
            Assert.Equal(300, Scores(model, rows).Length);
        }
        Work();

        LiveTensors.AssertGivenBack(Work);
        LiveTensors.AssertGivenBack(() => Assert.Throws<InvalidOperationException>(() => Trainer(2, o => (o.Quantiles, o.EpochCallback) = ([0.5f], _ => throw new InvalidOperationException())).Fit(rows)));
    }

    [Fact]
    public void More_columns_than_rows_are_screened()
    {
        var random = new Random(1);
        WideRow[] rows = [.. Enumerable.Range(0, 100).Select(_ => new WideRow { Features = [.. Enumerable.Range(0, 400).Select(_ => (float)Tables.Gaussian(random))] })];
        foreach (WideRow row in rows)
            row.Label = 100 + 10 * row.Features[..4].Sum();

        var scale = (Standardization)Trainer(1).Fit(_ml.Data.LoadFromEnumerable(rows)).Model.Classifier.Network.Encoding!;

        Assert.All(scale.Scale[..4], s => Assert.NotEqual(0, s));
        Assert.InRange(scale.Scale.Count(s => s != 0), 4, 20);
    }

    private TargetPropRegressionTrainer Trainer(int epochs, Action<TargetPropRegressionTrainer.Options>? change = null) =>
        _ml.Regression.Trainers.TargetPropRegression(Waves.Small(epochs, change));

    private RegressionMetrics Evaluate(ITransformer model, IDataView rows) => _ml.Regression.Evaluate(model.Transform(rows));

    private static float[] Scores(TargetPropRegressionTransformer model, IDataView rows) => [.. model.Transform(rows).GetColumn<float>("Score")];

    private sealed class WideRow
    {
        public float Label { get; set; }

        [VectorType(400)]
        public float[] Features { get; set; } = [];
    }
}
