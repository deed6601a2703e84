using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

using Options = TargetPropInpaintingEstimator.Options;

/// <summary>An estimator refuses options out of range when it is built. The message names the option, the value and the range.</summary>
public sealed class InpaintingOptionsTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string, Action<Options>, string> Wrong { get; } = new()
    {
        { "OutputColumnName", o => o.OutputColumnName = null!, "null" },
        { "InputColumnName", o => o.InputColumnName = "", "empty" },
        { "UncertaintyColumnName", o => o.UncertaintyColumnName = "Completed", "'Completed'" },
        { "ObjectiveColumnName", o => o.ObjectiveColumnName = o.UncertaintyColumnName = "Same", "'Same'" },
        { "CodeColumnName", o => o.CodeColumnName = "", "empty" },
        { "CodeColumnName", o => o.CodeColumnName = "Completed", "'Completed'" },
        { "CodeColumnName", o => o.CodeColumnName = o.ObjectiveColumnName = "Same", "'Same'" },
        { "Output", o => o.Output = (TargetPropInpaintingOutput)9, "9" },
        { "SampleCount", o => o.SampleCount = 2, "2" },
        { "SampleCount", o => (o.Output, o.SampleCount) = (TargetPropInpaintingOutput.Sample, 0), "0" },
        { "Completion.Rounds", o => o.Completion.Rounds = 101, "101" },
        { "Completion.MaxEpochs", o => o.Completion.MaxEpochs = -1, "-1" },
        { "ImageWidth", o => o.ImageWidth = -2, "-2" },
        { "VisibleUnits", o => o.VisibleUnits = (TargetPropVisibleUnits)7, "7" },
        { "HiddenUnits", o => o.HiddenUnits = [], "0 layers" },
        { "HiddenUnits", o => o.HiddenUnits = [5, 0], "a layer of 0 units" },
        { "Activation", o => o.Activation = (TargetPropActivation)77, "77" },
        { "MaxEpochs", o => o.MaxEpochs = 0, "0" },
        { "BatchSize", o => o.BatchSize = -3, "-3" },
        { "LearningRate", o => o.LearningRate = 0, "0" },
        { "Schedule", o => o.Schedule = (TargetPropSchedule)9, "9" },
        { "Noise", o => o.Noise = double.NaN, "NaN" },
        { "Inference.Iterations", o => o.Inference.Iterations = 51, "51" },
        { "Inference.Step", o => o.Inference.Step = 0, "0" },
        { "Inference.TopDownStep", o => o.Inference.TopDownStep = 1.5, "1.5" },
        { "Inference.Weight", o => o.Inference.Weight = -0.1, "-0.1" },
        { "Inference.Direction", o => o.Inference.Direction = (TargetPropInferenceDirection)2, "2" },
        { "Inference.Tolerance", o => o.Inference.Tolerance = 1, "1" },
        { "Inference.TrainingIterations", o => o.Inference.TrainingIterations = 0, "0" },
        { "Inference.TrainingIterations", o => o.Inference.TrainingIterations = 5, "5" },
        { "Inference.TrainingIterations", o => (o.Inference.Step, o.Inference.TrainingIterations) = (0.6, 2), "2" },
        { "Inference.TrainingIterations", o => (o.Prior.Kind, o.Inference.TrainingIterations) = (TargetPropCodePrior.Laplace, 2), "2" },
        { "ImageHeight", o => o.ImageHeight = 3, "3" },
        { "Inference.Maximization", o => o.Inference.Maximization = (TargetPropMaximization)(-1), "-1" },
        { "Prior.Kind", o => o.Prior.Kind = (TargetPropCodePrior)4, "4" },
        { "Prior.Widening", o => o.Prior.Widening = 0, "0" },
        { "Prior.Widening", o => o.Prior.Widening = double.PositiveInfinity, "Infinity" },
        { "Prior.Widening", o => (o.Prior.Kind, o.Prior.Widening) = (TargetPropCodePrior.Mixture, 4), "4" },
        { "Prior.Widening", o => (o.Prior.Kind, o.Prior.Widening) = (TargetPropCodePrior.Laplace, 2), "2" },
        { "Prior.Scale", o => o.Prior.Scale = 0, "0" },
        { "Prior.Components", o => o.Prior.Components = 0, "0" },
        { "Prior.Components", o => o.Prior.Components = 10_001, "10001" },
        { "Prior.Step", o => o.Prior.Step = 1.5, "1.5" },
        { "Prior.Step", o => o.Prior.Step = double.NaN, "NaN" },
        { "ValidationFraction", o => o.ValidationFraction = 1, "1" },
        { "EarlyStoppingPatience", o => o.EarlyStoppingPatience = -1, "-1" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Out_of_range(string option, Action<Options> change, string value)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Gaps.Estimator(_ml, 1, change));

        Assert.Contains($"{option} is {value}; allowed: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_the_data_can_tell_is_refused_by_Fit()
    {
        IDataView table = Gaps.View(_ml);

        Assert.Contains("no validation rows", Refused(o => o.EarlyStoppingPatience = 2, e => e.Fit(table)), StringComparison.Ordinal);
        Assert.Contains("Use one of the two", Refused(o => o.ValidationFraction = 0.5, e => e.Fit(table, table)), StringComparison.Ordinal);
        Assert.Contains("only one row", Refused(o => o.ValidationFraction = 0.5, e => e.Fit(Gaps.View(_ml, 1, missing: 0))), StringComparison.Ordinal);

        string Refused(Action<Options> change, Action<TargetPropInpaintingEstimator> fit) =>
            Assert.Throws<ArgumentOutOfRangeException>(() => fit(Gaps.Estimator(_ml, 1, change))).Message;
    }

    [Fact]
    public void The_short_form_is_the_long_form_with_every_other_option_at_its_default()
    {
        // Without the option Seed, the seed comes from the context, so that two contexts with the same seed train the same model.
        TargetPropInpaintingTransformer brief = new MLContext(3).Transforms.TargetPropInpainting(
            "Completed", "Measures", TargetPropInpaintingOutput.Sample, "Uncertainty", "Objective", hiddenUnits: [7, 2], maxEpochs: 2).Fit(Gaps.View(_ml));
        TargetPropInpaintingTransformer full = new MLContext(3).Transforms.TargetPropInpainting(new Options
        {
            OutputColumnName = "Completed",
            InputColumnName = "Measures",
            Output = TargetPropInpaintingOutput.Sample,
            UncertaintyColumnName = "Uncertainty",
            ObjectiveColumnName = "Objective",
            HiddenUnits = [7, 2],
            MaxEpochs = 2,
        }).Fit(Gaps.View(_ml));

        Assert.Equal([7, 2], brief.Model.HiddenUnits);
        Assert.Equal(2, brief.Model.TrainingSummary.Epochs);
        Assert.Equal(full.Model.Sample(5), brief.Model.Sample(5));
        Filled[] Read(TargetPropInpaintingTransformer transformer) => Gaps.Read(_ml, transformer.Transform(Gaps.View(_ml)));
        Assert.All(Read(full).Zip(Read(brief)), pair =>
        {
            Assert.Equal(pair.First.Completed, pair.Second.Completed);
            Assert.Equal(pair.First.Uncertainty, pair.Second.Uncertainty);
            Assert.Equal(pair.First.Objective, pair.Second.Objective);
        });
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.TargetPropInpainting("Completed", maxEpochs: 0));
    }

    [Fact]
    public void An_estimator_keeps_the_options_that_it_was_built_with()
    {
        Options options = Gaps.Small(1);
        TargetPropInpaintingEstimator built = _ml.Transforms.TargetPropInpainting(options);

        (options.HiddenUnits![0], options.OutputColumnName, options.Inference.Iterations, options.Prior.Kind, options.Completion.MaxEpochs) =
            (99, "Other", 7, TargetPropCodePrior.Laplace, 0);

        TargetPropInpaintingTransformer model = built.Fit(Gaps.View(_ml));
        Assert.Equal([12, 3], model.Model.HiddenUnits);
        Assert.Equal(4, model.Model.Snapshot.Settings.Iterations);
        Assert.False(model.Model.Snapshot.Prior.IsLaplace);
        Assert.NotNull(model.Model.Snapshot.Completion);
        Assert.NotNull(model.Transform(Gaps.View(_ml)).Schema.GetColumnOrNull("Completed"));
    }
}
