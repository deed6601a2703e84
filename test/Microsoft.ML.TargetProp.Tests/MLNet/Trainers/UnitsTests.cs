using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.TargetProp.Tests.Supervised;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the option <c>UnitType</c> of both trainers: learning, scoring, saving, continuing and invalid combinations.</summary>
public sealed class UnitsTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<TargetPropUnitType> NotContinuous => [TargetPropUnitType.Sign, TargetPropUnitType.Step, TargetPropUnitType.Quantized, TargetPropUnitType.Stochastic];

    private static TargetPropMulticlassTrainer.Options Small(TargetPropUnitType units, int epochs = 30) =>
        Models.Small(epochs).With(o => (o.UnitType, o.PredictionPasses, o.QuantizationLevels, o.HiddenUnits, o.LearningRate) = (units, 7, 3, [40, 30], 0.01));

    private TargetPropMulticlassTransformer Fit(TargetPropMulticlassTrainer.Options options) =>
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(options).Fit(Models.FlowersWithKeys(_ml));

    [Theory]
    [MemberData(nameof(NotContinuous))]
    public void A_multiclass_model_learns_and_can_be_saved(TargetPropUnitType units)
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);
        TargetPropMulticlassTransformer model = Fit(Small(units));

        var loaded = (TargetPropMulticlassTransformer)Models.Load(new MLContext(), Models.Zip(_ml, model, flowers.Schema));

        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(flowers)).MicroAccuracy, 0.9, 1);
        Assert.Equal(units, loaded.Model.UnitType);
        Assert.Equal(model.Bytes(), loaded.Bytes());
        Assert.Equal(ViewText.Rows(model.Transform(flowers), "Score", "PredictedLabel"), ViewText.Rows(loaded.Transform(flowers), "Score", "PredictedLabel"));
        Assert.Equal(model.Bytes(), Fit(Small(units)).Bytes());
    }

    [Theory]
    [MemberData(nameof(NotContinuous))]
    public void A_row_has_the_same_score_bit_for_bit_alone_and_in_a_batch(TargetPropUnitType units)
    {
        TargetPropMulticlassTransformer model = Fit(Small(units, epochs: 3));
        Flower[] rows = Tables.Flowers(40, seed: 8);
        using var engine = _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(model);

        FlowerKeyPrediction[] batch = [.. _ml.Data.CreateEnumerable<FlowerKeyPrediction>(model.Transform(Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(rows))), reuseRowObject: false)];

        Assert.Equal(rows.Select(r => engine.Predict(r).Score), batch.Select(p => p.Score));
    }

    [Theory]
    [MemberData(nameof(NotContinuous))]
    public void A_binary_model_learns_a_problem_that_is_not_linearly_separable_and_can_be_saved(TargetPropUnitType units)
    {
        IDataView moons = Models.Moons(_ml);
        TargetPropBinaryTrainer.Options options = Models.SmallBinary(epochs: 120).With(o => (o.UnitType, o.PredictionPasses, o.HiddenUnits) = (units, 21, [60, 40]));
        options.LearningRate = 0.01;
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(options).Fit(moons);

        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_ml, model, moons.Schema));

        Assert.InRange(_ml.BinaryClassification.Evaluate(model.Transform(moons)).Accuracy, 0.9, 1);
        Assert.Equal(units, Models.BinaryParameters(loaded).UnitType);
        Assert.Equal(ViewText.Rows(model.Transform(moons), "Score", "Probability"), ViewText.Rows(loaded.Transform(moons), "Score", "Probability"));
    }

    [Fact]
    public void Cross_validation_works()
    {
        var folds = _ml.MulticlassClassification.CrossValidate(Models.FlowersWithKeys(_ml), _ml.MulticlassClassification.Trainers.TargetPropClassifier(Small(TargetPropUnitType.Stochastic)), 3);

        Assert.InRange(folds.Average(f => f.Metrics.MicroAccuracy), 0.85, 1);
    }

    [Theory]
    [MemberData(nameof(NotContinuous))]
    public void Training_can_continue_a_model(TargetPropUnitType units)
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);
        TargetPropMulticlassTransformer first = Fit(Small(units));
        double cold = 0, warm = 0;
        Fit(Small(units, epochs: 1).With(o => o.EpochCallback = e => cold = e.TrainingLoss));

        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Small(units, epochs: 1).With(o => o.EpochCallback = e => warm = e.TrainingLoss)).Fit(flowers, first.Model);

        Assert.InRange(warm, 0, cold / 2);
        var error = Assert.Throws<InvalidOperationException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.HiddenUnits = null)).Fit(flowers, first.Model));
        Assert.Contains($"UnitType: the model has {units}, the options Continuous", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_continued_model_uses_the_prediction_passes_of_the_options()
    {
        TargetPropMulticlassTransformer first = Fit(Small(TargetPropUnitType.Stochastic, epochs: 1));

        var second = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Small(TargetPropUnitType.Stochastic, epochs: 1).With(o => (o.PredictionPasses, o.PredictionSeed) = (9, 5)))
            .Fit(Models.FlowersWithKeys(_ml), first.Model);

        Assert.Equal((7, 1), (first.Model.Classifier.Network.Shape.Signal.Passes, first.Model.Classifier.Network.Shape.Signal.Seed));
        Assert.Equal((9, 5), (second.Model.Classifier.Network.Shape.Signal.Passes, second.Model.Classifier.Network.Shape.Signal.Seed));
    }

    [Theory]
    [InlineData(TargetPropUnitType.Continuous, 1)]
    [InlineData(TargetPropUnitType.Sign, 2)]
    public void Only_models_that_an_older_package_would_misread_have_a_newer_format_version(TargetPropUnitType units, int version)
    {
        TargetPropMulticlassTransformer model = Fit(Small(units, epochs: 1).With(o =>
            (o.FeatureEncoding, o.MissingValues) = (TargetPropFeatureEncoding.Standardize, TargetPropMissingValues.Error)));
        using var zip = new ZipArchive(new MemoryStream(Models.Zip(_ml, model, null)));
        using Stream network = zip.Entries.Single(e => e.Name == "Network").Open();
        var header = new byte[16];
        network.ReadExactly(header);

        Assert.Equal(version, BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)));
    }

    [Fact]
    public void Every_epoch_reports_the_changes_of_discrete_units()
    {
        List<TargetPropEpochMetrics> epochs = [], continuous = [];
        Fit(Small(TargetPropUnitType.Sign, epochs: 20).With(o => o.EpochCallback = epochs.Add));
        Fit(Small(TargetPropUnitType.Continuous, epochs: 2).With(o => o.EpochCallback = continuous.Add));

        Assert.All(epochs, e => Assert.Equal(2, e.UnitChanges.Count));
        Assert.All(epochs.SelectMany(e => e.UnitChanges), c => Assert.InRange(c, 0, 1));
        Assert.InRange(epochs[0].UnitChanges.Max(), 0.001, 0.5);
        Assert.True(epochs[^1].UnitChanges.Sum() < epochs.Max(e => e.UnitChanges.Sum()));
        Assert.All(continuous, e => Assert.Empty(e.UnitChanges));
    }

    [Theory]
    [InlineData(TargetPropUnitType.Continuous, 0.5, 0.0035)]
    [InlineData(TargetPropUnitType.Sign, 2, 0.0035)]
    [InlineData(TargetPropUnitType.Quantized, 2, 0.0035)]
    [InlineData(TargetPropUnitType.Stochastic, 1, 0.008)]
    public void Default_target_step_and_rate_depend_on_the_unit_type(TargetPropUnitType units, double targetStep, double rate)
    {
        ClassifierSettings Settings(Action<TargetPropOptions> change)
        {
            TargetPropMulticlassTrainer.Options options = new() { UnitType = units };
            return ClassifierOptions.Settings(options.With(change), seed: 1, new(500) { HiddenUnits = [100, 100] });
        }

        Assert.Equal(targetStep, Settings(_ => { }).TargetStep);
        Assert.Equal(rate, Settings(_ => { }).LearningRate, 1e-12);
        Assert.Equal((0.25, 0.125), (Settings(o => o.TargetStep = 0.25).TargetStep, Settings(o => o.LearningRate = 0.125).LearningRate));
    }

    public static TheoryData<Action<TargetPropOptions>, string> Refused { get; } = new()
    {
        { o => (o.UnitType, o.LearningRule) = (TargetPropUnitType.Sign, TargetPropLearningRule.Backpropagation), "LearningRule is Backpropagation; allowed: DifferenceTargetPropagation, TargetPropagation, StraightThrough" },
        { o => (o.UnitType, o.LearningRule) = (TargetPropUnitType.Stochastic, TargetPropLearningRule.Backpropagation), "need a derivative of what units send" },
        { o => o.LearningRule = TargetPropLearningRule.StraightThrough, "with continuous units it is Backpropagation" },
        { o => (o.UnitType, o.Activation) = (TargetPropUnitType.Sign, TargetPropActivation.Relu), "Activation is Relu; allowed: Tanh when UnitType is Sign, or null" },
        { o => (o.UnitType, o.Activation) = (TargetPropUnitType.Stochastic, TargetPropActivation.Tanh), "allowed: Sigmoid" },
        { o => (o.UnitType, o.HiddenUnits) = (TargetPropUnitType.Step, [8]), "HiddenUnits is [8]; allowed: two layers or more when UnitType is Step" },
        { o => o.UnitType = (TargetPropUnitType)77, "UnitType is 77; allowed: one of Continuous, Sign, Step, Quantized, Stochastic" },
        { o => o.QuantizationLevels = 1, "QuantizationLevels is 1; allowed: 2 to 65536" },
        { o => o.PredictionPasses = 0, "PredictionPasses is 0; allowed: 1 to 10000" },
        { o => o.PredictionPasses = 10_001, "PredictionPasses is 10001; allowed: 1 to 10000" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Invalid_combinations_are_rejected_with_a_reason(Action<TargetPropOptions> change, string reason)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(change)));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
