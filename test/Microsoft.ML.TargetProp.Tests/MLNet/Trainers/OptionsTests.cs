using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Checks that creating a trainer rejects options out of range, with option, value and range in the message.</summary>
public sealed class OptionsTests
{
    private readonly MLContext _ml = new(seed: 1);

    /// <summary>The option, the change, and two parts of the expected message.</summary>
    public static TheoryData<string, Action<TargetPropOptions>, string, string> OutOfRange { get; } = new()
    {
        { "HiddenUnits", o => o.HiddenUnits = [], "0 layers", "1 to 50 layers" },
        { "HiddenUnits", o => o.HiddenUnits = new int[51], "51 layers", "1 to 50 layers" },
        { "HiddenUnits", o => o.HiddenUnits = [10, 0], "a layer of 0 units", "1 to 16777216 units" },
        { "HiddenUnits", o => o.HiddenUnits = [-5], "a layer of -5 units", "1 to 16777216 units" },
        { "HiddenUnits", o => o.HiddenUnits = [16777217], "a layer of 16777217 units", "1 to 16777216 units" },
        { "Activation", o => o.Activation = (TargetPropActivation)77, "77", "Tanh" },
        { "LearningRule", o => o.LearningRule = (TargetPropLearningRule)77, "77", "DifferenceTargetPropagation" },
        { "Optimizer", o => o.Optimizer = (TargetPropOptimizer)77, "77", "Adam" },
        { "Schedule", o => o.Schedule = (TargetPropSchedule)77, "77", "Cosine" },
        { "MaxEpochs", o => o.MaxEpochs = 0, "0", "1 or more" },
        { "MaxEpochs", o => o.MaxEpochs = -1, "-1", "1 or more" },
        { "BatchSize", o => o.BatchSize = 0, "0", "1 or more" },
        { "Feedback.Interval", o => o.Feedback.Interval = 0, "0", "1 or more" },
        { "LearningRate", o => o.LearningRate = 0, "0", "above 0" },
        { "LearningRate", o => o.LearningRate = -0.5, "-0.5", "above 0" },
        { "LearningRate", o => o.LearningRate = double.NaN, "NaN", "above 0" },
        { "LearningRate", o => o.LearningRate = double.PositiveInfinity, "Infinity", "above 0" },
        { "Feedback.LearningRate", o => o.Feedback.LearningRate = -0.5, "-0.5", "0 or more" },
        { "Feedback.LearningRate", o => o.Feedback.LearningRate = double.NaN, "NaN", "0 or more" },
        { "TargetStep", o => o.TargetStep = 0, "0", "above 0" },
        { "TargetStep", o => o.TargetStep = double.NaN, "NaN", "above 0" },
        { "Feedback.Noise", o => o.Feedback.Noise = -0.5, "-0.5", "0 or more" },
        { "Feedback.Noise", o => o.Feedback.Noise = double.PositiveInfinity, "Infinity", "0 or more" },
        { "WeightDecay", o => o.WeightDecay = -0.5, "-0.5", "0 or more" },
        { "WeightDecay", o => (o.WeightDecay, o.LearningRate) = (10, 0.5), "10", "below 1 when multiplied by a learning rate" },
        { "InputNoise", o => o.InputNoise = -0.5, "-0.5", "0 or more" },
        { "InputNoise", o => o.InputNoise = double.NaN, "NaN", "0 or more" },
        { "InputDropout", o => o.InputDropout = 1, "1", "0 to below 1" },
        { "InputDropout", o => o.InputDropout = -0.5, "-0.5", "0 to below 1" },
        { "Dropout", o => o.Dropout = 1.5, "1.5", "0 to below 1" },
        { "Dropout", o => o.Dropout = double.NaN, "NaN", "0 to below 1" },
        { "LabelSmoothing", o => ((TargetPropClassifierOptions)o).LabelSmoothing = 1, "1", "0 to below 1" },
        { "LabelSmoothing", o => ((TargetPropClassifierOptions)o).LabelSmoothing = -0.01, "-0.01", "0 to below 1" },
        { "ValidationFraction", o => o.ValidationFraction = 1, "1", "0 to below 1" },
        { "ValidationFraction", o => o.ValidationFraction = -0.5, "-0.5", "0 to below 1" },
        { "EarlyStoppingPatience", o => o.EarlyStoppingPatience = -1, "-1", "0 (off) or more" },
        { "DiagnosticsRows", o => o.DiagnosticsRows = -1, "-1", "0 (off) or more rows" },
        { "DiagnosticsRows", o => (o.UnitType, o.DiagnosticsRows) = (TargetPropUnitType.Sign, 8), "8", "0 when UnitType is Sign" },
        { "LabelColumnName", o => o.LabelColumnName = null!, "null", "name of a column" },
        { "LabelColumnName", o => o.LabelColumnName = "", "empty", "name of a column" },
        { "FeatureColumnName", o => o.FeatureColumnName = null!, "null", "name of a column" },
        { "FeatureColumnName", o => o.FeatureColumnName = "", "empty", "name of a column" },
        { "ExampleWeightColumnName", o => o.ExampleWeightColumnName = "", "empty", "or null for no weights" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Options_out_of_range_are_rejected(string option, Action<TargetPropOptions> change, string value, string range)
    {
        Exception[] errors =
        [
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(change))),
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary().With(change))),
        ];

        Assert.All(errors, e => Assert.Contains($"{option} is {value}", e.Message, StringComparison.Ordinal));
        Assert.All(errors, e => Assert.Contains(range, e.Message, StringComparison.Ordinal));
    }

    /// <summary>The limits of the ranges, and other valid values.</summary>
    public static TheoryData<Action<TargetPropOptions>> InRange { get; } =
    [
        o => o.HiddenUnits = [1],
        o => o.HiddenUnits = [.. Enumerable.Repeat(2, 50)],
        o => o.MaxEpochs = 1,
        o => o.BatchSize = 1,
        o => o.BatchSize = int.MaxValue,
        o => o.Feedback.Interval = int.MaxValue,
        o => o.LearningRate = 1e-300,
        o => o.Feedback.LearningRate = 0,
        o => o.Feedback.Noise = 0,
        o => o.TargetStep = 1e-9,
        o => o.WeightDecay = 0.1,
        o => o.InputNoise = 0,
        o => o.InputDropout = 0.999,
        o => o.Dropout = 0.999,
        o => o.Seed = int.MinValue,
        o => o.Optimizer = TargetPropOptimizer.RmsProp,
        o => o.Schedule = TargetPropSchedule.Linear,
        o => o.Schedule = TargetPropSchedule.Constant,
        o => (o.LearningRule, o.Activation) = (TargetPropLearningRule.Backpropagation, TargetPropActivation.Elu),
    ];

    [Theory]
    [MemberData(nameof(InRange))]
    public void Options_in_range_are_accepted(Action<TargetPropOptions> change)
    {
        // Activities of a rectifier have no bound, and the largest options would let them diverge.
        void Bounded(TargetPropOptions o) => o.Activation ??= o.UnitType == TargetPropUnitType.Continuous ? TargetPropActivation.Tanh : null;
        IDataView flowers = Models.FlowersWithKeys(_ml), moons = Models.Moons(_ml);

        Assert.Equal(150, _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(change).With(Bounded)).Fit(flowers).Model.TrainingSummary.TrainingRows);
        Assert.Equal(200, _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 2).With(change).With(Bounded)).Fit(moons).Model.SubModel.TrainingSummary.TrainingRows);
    }

    [Fact]
    public void Arguments_of_the_short_form_are_checked_too()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier(hiddenUnits: [0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier(maxEpochs: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(batchSize: 0));
        Assert.Throws<ArgumentNullException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier((TargetPropMulticlassTrainer.Options)null!));
        Assert.Throws<ArgumentNullException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier((TargetPropBinaryTrainer.Options)null!));
    }

    [Fact]
    public void A_network_that_is_too_large_to_save_is_rejected_before_memory_is_allocated()
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);

        var error = Assert.Throws<InvalidOperationException>(() => _ml.MulticlassClassification.Trainers
            .TargetPropClassifier(Models.Small().With(o => o.HiddenUnits = [16777216, 16777216])).Fit(flowers));

        Assert.Contains("HiddenUnits", error.Message, StringComparison.Ordinal);
        Assert.Contains("16777216, 16777216", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_has_an_effect_on_training()
    {
        // Changing any of these options changes the network.
        IDataView flowers = Models.FlowersWithKeys(_ml);
        byte[] Train(Action<TargetPropOptions> change) => _ml.MulticlassClassification.Trainers
            .TargetPropClassifier(Models.Small(epochs: 3).With(o => o.InputNoise = 0.1).With(change)).Fit(flowers).Bytes();
        byte[] plain = Train(_ => { });
        Action<TargetPropOptions>[] changes =
        [
            o => o.UnitType = TargetPropUnitType.Sign, o => o.UnitType = TargetPropUnitType.Quantized, o => o.UnitType = TargetPropUnitType.Stochastic,
            o => o.HiddenUnits = [16, 17], o => o.Activation = TargetPropActivation.Sigmoid, o => o.LearningRule = TargetPropLearningRule.Backpropagation,
            o => o.MaxEpochs = 4, o => o.BatchSize = 20, o => o.LearningRate = 0.004, o => o.Feedback.LearningRate = 0.004, o => o.TargetStep = 0.7,
            o => o.Feedback.Noise = 0.1, o => o.Feedback.Interval = 3, o => o.Feedback.Steps = 2, o => o.Feedback.WeightDecay = 0.1,
            o => o.Feedback.Learning = TargetPropFeedbackLearning.LocalDifferenceReconstruction, o => o.Augmentation = new() { Width = 2, Shift = 1 }, o => o.Optimizer = TargetPropOptimizer.RmsProp, o => o.Schedule = TargetPropSchedule.Linear,
            o => o.Schedule = TargetPropSchedule.Constant, o => o.WeightDecay = 0.1, o => o.InputNoise = 0.2, o => o.InputDropout = 0.1, o => o.Dropout = 0.1, o => ((TargetPropClassifierOptions)o).LabelSmoothing = 0.3,
            o => o.FeatureEncoding = TargetPropFeatureEncoding.None, o => o.Seed = 2, o => o.ValidationFraction = 0.1, o => o.ExampleWeightColumnName = "SepalLength",
        ];

        Assert.Equal(plain, Train(_ => { }));
        byte[][] others = [.. changes.Select(Train)];
        for (int i = 0; i < others.Length; i++)
            Assert.False(plain.AsSpan().SequenceEqual(others[i]), $"change {i} changed nothing");
    }

    [Fact]
    public void Later_changes_of_the_options_do_not_change_a_trainer()
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);
        TargetPropMulticlassTrainer.Options Fresh() => Models.Small(epochs: 2).With(o => o.Augmentation = new() { Width = 2, Shift = 1 });
        TargetPropMulticlassTrainer.Options options = Fresh();
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(options);

        (options.MaxEpochs, options.LearningRate, options.HiddenUnits![0]) = (0, -1, -7);
        (options.Feedback.LearningRate, options.Feedback.Noise, options.Augmentation!.Width) = (-1, -1, 0);

        Assert.Equal(_ml.MulticlassClassification.Trainers.TargetPropClassifier(Fresh()).Fit(flowers).Bytes(), trainer.Fit(flowers).Bytes());
    }

    [Fact]
    public void Default_options_depend_on_the_number_of_rows()
    {
        TargetPropTrainingSummary Train(int rows) => _ml.MulticlassClassification.Trainers
            .TargetPropClassifier(new TargetPropMulticlassTrainer.Options { HiddenUnits = [4], Seed = 1 }).Fit(Models.FlowersWithKeys(_ml, rows)).Model.TrainingSummary;

        TargetPropTrainingSummary few = Train(60), more = Train(3000);

        Assert.Equal(32, few.BatchSize);
        Assert.InRange(more.BatchSize, 33, 128);
        Assert.InRange(more.Epochs, 20, few.Epochs - 1);
    }
}
