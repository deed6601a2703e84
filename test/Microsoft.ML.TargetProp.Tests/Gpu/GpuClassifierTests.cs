using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.TargetProp.Tests.MLNet;
using Choice = Microsoft.ML.TargetProp.TargetPropFeedbackLearning;
using Rule = Microsoft.ML.TargetProp.TargetPropLearningRule;

namespace Microsoft.ML.TargetProp.Tests.Gpu;

/// <summary>Tests classifiers that train on a GPU. Their models give the same scores on the processor.</summary>
public sealed class GpuClassifierTests
{
    private readonly MLContext _gpu = Gpu.Context();
    private readonly MLContext _cpu = new(seed: 1);

    public static TheoryData<Rule, Choice> Pairs => LearningRuleTests.Pairs;

    public static TheoryData<TargetPropUnitType> NotContinuous => UnitsTests.NotContinuous;

    [GpuTheory]
    [MemberData(nameof(Pairs))]
    public void Every_rule_learns_on_the_GPU_and_its_model_gives_the_same_scores_on_the_processor(Rule rule, Choice choice)
    {
        IDataView flowers = Models.FlowersWithKeys(_gpu);
        TargetPropMulticlassTransformer Fit(MLContext ml) => ml.MulticlassClassification.Trainers.TargetPropClassifier(
            Models.Small(epochs: 40).With(o => (o.LearningRule, o.Feedback.Learning, o.LearningRate) = (rule, choice, 0.01))).Fit(flowers);

        TargetPropMulticlassTransformer model = Fit(_gpu);

        Assert.InRange(_gpu.MulticlassClassification.Evaluate(model.Transform(flowers)).MicroAccuracy, 0.85, 1);
        AssertSameOnBothDevices(model, flowers, "Score");
        Assert.Equal(model.Bytes(), Fit(_gpu).Bytes());
    }

    [GpuTheory]
    [InlineData(Rule.DifferenceTargetPropagation)]
    [InlineData(Rule.Backpropagation)]
    [InlineData(Rule.DirectDifferenceTargetPropagation)]
    [InlineData(Rule.FixedWeightDifferenceTargetPropagation)]
    public void One_epoch_without_noise_gives_nearly_the_weights_of_the_processor(Rule rule)
    {
        IDataView flowers = Models.FlowersWithKeys(_cpu);
        double[] Weights(MLContext ml) => [.. ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1).With(o =>
        {
            (o.LearningRule, o.InputNoise, o.Feedback.Noise) = (rule, 0, 0);
        })).Fit(flowers).Model.Classifier.Network.Forward.SelectMany(m => m.Weight.Concat(m.Bias)).Select(w => (double)w)];

        // Adam turns a gradient of pure rounding errors into a full step, so single weights may differ.
        Assert.InRange(Weights(_cpu).Zip(Weights(_gpu), (c, g) => Math.Abs(c - g)).Average(), 0, 1e-4);
    }

    [GpuTheory]
    [MemberData(nameof(NotContinuous))]
    public void Discrete_and_stochastic_units_learn_on_the_GPU(TargetPropUnitType units)
    {
        IDataView flowers = Models.FlowersWithKeys(_gpu);

        TargetPropMulticlassTransformer model = _gpu.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 30).With(o =>
            (o.UnitType, o.PredictionPasses, o.QuantizationLevels, o.HiddenUnits, o.LearningRate) = (units, 7, 3, [40, 30], 0.01))).Fit(flowers);

        Assert.InRange(_gpu.MulticlassClassification.Evaluate(model.Transform(flowers)).MicroAccuracy, 0.9, 1);
        Assert.InRange(_cpu.MulticlassClassification.Evaluate(Models.Load(_cpu, Models.Zip(_gpu, model, flowers.Schema)).Transform(flowers)).MicroAccuracy, 0.9, 1);
    }

    [GpuFact]
    public void All_options_together_with_diagnostics_work_on_the_GPU()
    {
        List<TargetPropEpochMetrics> epochs = [];
        IDataView flowers = Models.FlowersWithKeys(_gpu);

        TargetPropMulticlassTransformer model = _gpu.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3).With(o =>
        {
            (o.Dropout, o.InputDropout, o.InputNoise, o.WeightDecay, o.ValidationFraction, o.ExampleWeightColumnName) = (0.1, 0.1, 0.1, 0.1, 0.1, "SepalLength");
            o.Augmentation = new() { Width = 2, Shift = 1, Rotation = 20, Scale = 0.3, Elastic = 1 };
            (o.EarlyStoppingPatience, o.DiagnosticsRows, o.EpochCallback, o.BatchSize) = (3, 40, epochs.Add, 45);
        })).Fit(flowers);

        Assert.All(epochs, e => Assert.True(double.IsFinite(e.TrainingLoss) && double.IsFinite(e.ValidationLoss!.Value)));
        Assert.All(epochs, e => Assert.All(e.Diagnostics!.Layers, l => Assert.True(l.UpdateAngle is null or >= 0 and <= 180)));
        Assert.All(TargetPropDiagnostics.Analyze(model.Model, flowers).FeedbackMaps, m => Assert.True(m.LargestEigenvalue > 0));
    }

    [GpuFact]
    public void A_binary_model_trained_on_the_GPU_classifies_on_both_devices()
    {
        IDataView moons = Models.Moons(_gpu);

        var model = _gpu.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 40).With(o => o.LearningRate = 0.01)).Fit(moons);

        Assert.InRange(_gpu.BinaryClassification.Evaluate(model.Transform(moons)).Accuracy, 0.8, 1);
        AssertSameOnBothDevices(model, moons, "Probability");
    }

    [GpuFact]
    public void Features_learned_on_the_GPU_start_a_classifier_on_the_GPU()
    {
        IDataView flowers = Models.FlowersWithKeys(_gpu);
        TargetPropFeaturizerTransformer features = _gpu.Transforms.TargetPropFeaturizer(new TargetPropFeaturizerEstimator.Options
        {
            OutputColumnName = "Code", InputColumnName = "Features", HiddenUnits = [16, 16], Activation = TargetPropActivation.Tanh, MaxEpochs = 5, Seed = 1,
        }).Fit(flowers);

        AssertSameOnBothDevices(features, flowers, "Code");
        TargetPropMulticlassTransformer model = _gpu.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40).With(o => o.LearningRate = 0.01)).Fit(flowers, features.Model);
        Assert.InRange(_gpu.MulticlassClassification.Evaluate(model.Transform(flowers)).MicroAccuracy, 0.85, 1);
    }

    [GpuFact]
    public void Training_and_scoring_free_every_tensor()
    {
        IDataView flowers = Models.FlowersWithKeys(_gpu);

        LiveTensors.AssertGivenBack(() =>
        {
            using TargetPropMulticlassTransformer model = _gpu.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3)).Fit(flowers);
            Assert.Equal(150, model.Transform(flowers).GetColumn<float[]>("Score").Count());
        });
    }

    /// <summary>Asserts that the GPU, and the processor with the saved model, give the same column up to rounding.</summary>
    private void AssertSameOnBothDevices(ITransformer model, IDataView rows, string column)
    {
        ITransformer loaded = Models.Load(_cpu, Models.Zip(_gpu, model, rows.Schema));
        Assert.All(Numbers(model).Zip(Numbers(loaded)), n => Assert.Equal(n.First, n.Second, 1e-4));

        double[] Numbers(ITransformer transformer)
        {
            IDataView scored = transformer.Transform(rows);
            return scored.Schema[column].Type is VectorDataViewType
                ? [.. scored.GetColumn<float[]>(column).SelectMany(v => v).Select(v => (double)v)]
                : [.. scored.GetColumn<float>(column).Select(v => (double)v)];
        }
    }
}
