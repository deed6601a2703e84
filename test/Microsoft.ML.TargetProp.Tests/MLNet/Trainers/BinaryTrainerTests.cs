using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the binary trainer together with the rest of ML.NET, as a user does.</summary>
public sealed class BinaryTrainerTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void One_line_of_code_with_defaults_separates_two_moons()
    {
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier().Fit(Models.Moons(_ml, 400));

        Assert.InRange(_ml.BinaryClassification.Evaluate(model.Transform(Models.Moons(_ml, 400, seed: 2))).Accuracy, 0.95, 1);
    }

    [Fact]
    public void It_learns_a_problem_that_is_not_linearly_separable()
    {
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 300).With(o => o.Activation = TargetPropActivation.LeakyRelu));

        var model = trainer.Fit(Models.Moons(_ml, 400));

        CalibratedBinaryClassificationMetrics metrics = _ml.BinaryClassification.Evaluate(model.Transform(Models.Moons(_ml, 400, seed: 2)));
        // A straight line classifies at most 90 % of the two moons correctly.
        Assert.InRange(metrics.Accuracy, 0.97, 1);
        Assert.InRange(metrics.LogLoss, 0, 0.15);
    }

    [Fact]
    public void The_short_form_passes_on_every_argument()
    {
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier("Label", "Features", "Weight", [5, 6, 7], maxEpochs: 3, batchSize: 11);

        var model = trainer.Fit(Models.Moons(_ml)).Model.SubModel;

        Assert.Equal([5, 6, 7], model.HiddenUnits);
        Assert.Equal((3, 11, 2), (model.TrainingSummary.Epochs, model.TrainingSummary.BatchSize, model.FeatureCount));
        Assert.Equal("Weight", trainer.WeightColumn.Name);
    }

    [Fact]
    public void Score_is_the_log_odds_of_Probability_and_PredictedLabel_its_sign()
    {
        IDataView table = Models.Moons(_ml);
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(table);

        foreach (MoonPrediction row in _ml.Data.CreateEnumerable<MoonPrediction>(model.Transform(table), reuseRowObject: false))
        {
            // A tolerance, because rounding to digits can separate two numbers that are almost equal.
            Assert.Equal(1 / (1 + Math.Exp(-row.Score)), row.Probability, 1e-6);
            Assert.Equal(row.Score > 0, row.PredictedLabel);
        }
    }

    [Fact]
    public void ChangeModelThreshold_accepts_the_model()
    {
        IDataView table = Models.Moons(_ml);
        BinaryPredictionTransformer<CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>> model =
            _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 3)).Fit(table);

        var strict = _ml.BinaryClassification.ChangeModelThreshold(model, 0.8f);
        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, strict, table.Schema));

        MoonPrediction[] rows = [.. _ml.Data.CreateEnumerable<MoonPrediction>(strict.Transform(table), reuseRowObject: false)];
        Assert.All(rows, r => Assert.Equal(r.Score > 0.8f, r.PredictedLabel));
        Assert.Contains(rows, r => r.Score is > 0 and < 0.8f);
        Assert.Equal(ViewText.Rows(strict.Transform(table), "PredictedLabel"), ViewText.Rows(loaded.Transform(table), "PredictedLabel"));
    }

    [Fact]
    public void OneVersusAll_makes_a_multiclass_model_that_can_be_saved()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        var trainer = _ml.MulticlassClassification.Trainers.OneVersusAll(_ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 40)));

        var model = trainer.Fit(table);

        IDataView scored = model.Transform(table);
        Assert.InRange(_ml.MulticlassClassification.Evaluate(scored).MicroAccuracy, 0.93, 1);
        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, model, table.Schema));
        Assert.Equal(ViewText.Rows(scored, "Score", "PredictedLabel"), ViewText.Rows(loaded.Transform(table), "Score", "PredictedLabel"));
    }

    [Fact]
    public void Cross_validation_and_permutation_feature_importance_work()
    {
        IDataView table = _ml.Data.LoadFromEnumerable(Tables.Moons().Select(p => new { p.Label, X = p.Features[0], Y = p.Features[1], Noise = MathF.Sin(1e4f * p.Features[0]) }));
        IDataView named = _ml.Transforms.Concatenate("Features", "X", "Y", "Noise").Fit(table).Transform(table);
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 40));

        var folds = _ml.BinaryClassification.CrossValidate(named, trainer, numberOfFolds: 3);
        var bySlot = _ml.BinaryClassification.PermutationFeatureImportance(trainer.Fit(named), named, permutationCount: 3);
        var byName = _ml.BinaryClassification.PermutationFeatureImportanceNonCalibrated((ITransformer)trainer.Fit(named), named, permutationCount: 3);

        Assert.All(folds, f => Assert.InRange(f.Metrics.Accuracy, 0.8, 1));
        double[] drops = [.. bySlot.Select(m => m.Accuracy.Mean)];
        Assert.True(Math.Max(drops[0], drops[1]) < drops[2], string.Join(' ', drops));
        Assert.Equal(["Noise", "X", "Y"], byName.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_prediction_engine_and_Transform_give_the_same_numbers()
    {
        IDataView table = Models.Moons(_ml);
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(table);
        MoonPrediction[] batch = [.. _ml.Data.CreateEnumerable<MoonPrediction>(model.Transform(table), reuseRowObject: false)];
        using var engine = _ml.Model.CreatePredictionEngine<MoonPoint, MoonPrediction>(model);

        MoonPoint[] points = Tables.Moons();
        for (int i = 0; i < points.Length; i++)
        {
            MoonPrediction single = engine.Predict(points[i]);
            Assert.Equal((batch[i].Score, batch[i].Probability, batch[i].PredictedLabel), (single.Score, single.Probability, single.PredictedLabel));
        }
    }

    [Fact]
    public void When_missing_values_are_errors_a_NaN_feature_gives_a_NaN_score_and_probability()
    {
        IDataView table = Models.Moons(_ml);
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 2).With(o => o.MissingValues = TargetPropMissingValues.Error)).Fit(table);
        using var engine = _ml.Model.CreatePredictionEngine<MoonPoint, MoonPrediction>(model);

        MoonPrediction lost = engine.Predict(new() { Features = [1, float.NaN] });
        MoonPrediction found = engine.Predict(Tables.Moons()[0]);

        Assert.True(float.IsNaN(lost.Score) && float.IsNaN(lost.Probability));
        Assert.False(lost.PredictedLabel);
        Assert.False(float.IsNaN(found.Score));
    }

    [Fact]
    public void TrainerInfo_is_correct_and_training_reads_the_rows_once()
    {
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary());
        var source = new CountingView(Models.Moons(_ml));
        trainer.Fit(source);

        Assert.Equal((1, 200), (source.CursorsOpened, source.Rows));
        Assert.True(trainer.Info.WantCaching);
        Assert.False(trainer.Info.NeedNormalization);
        Assert.False(trainer.Info.NeedCalibration);
        Assert.True(trainer.Info.SupportsValidation);
        Assert.True(trainer.Info.SupportsIncrementalTraining);
    }

    [Fact]
    public void Predictions_follow_the_weights_of_contradictory_rows()
    {
        // The rows contradict each other: each point has both labels.
        IDataView table = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 100).Select(i => new MoonPoint
        {
            Label = i % 2 == 0,
            Weight = i % 2 == 0 ? 9 : 1,
            Features = [1 + i / 50, 2],
        }));
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 60).With(o => o.ExampleWeightColumnName = "Weight"));

        IDataView scored = trainer.Fit(table).Transform(table);

        Assert.All(scored.GetColumn<float>("Probability"), p => Assert.InRange(p, 0.8f, 0.97f));
    }
}
