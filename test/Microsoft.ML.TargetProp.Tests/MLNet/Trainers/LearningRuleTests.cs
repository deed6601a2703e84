using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.TargetProp.Tests.Supervised;
using Choice = Microsoft.ML.TargetProp.TargetPropFeedbackLearning;
using Rule = Microsoft.ML.TargetProp.TargetPropLearningRule;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests every learning rule with every feedback learning that it allows: in both trainers, in a .zip file, and when continuing.</summary>
public sealed class LearningRuleTests
{
    private readonly MLContext _ml = new(seed: 1);

    /// <summary>The allowed pairs with continuous units. All other pairs must be rejected. Straight-through estimators need other units.</summary>
    private static readonly Dictionary<Rule, Choice[]> Allowed = new()
    {
        [Rule.DifferenceTargetPropagation] = [Choice.Automatic, Choice.Reconstruction, Choice.DifferenceReconstruction, Choice.LocalDifferenceReconstruction, Choice.None],
        [Rule.Backpropagation] = [Choice.Automatic, Choice.None],
        [Rule.TargetPropagation] = [Choice.Automatic, Choice.Reconstruction],
        [Rule.DifferenceTargetPropagationFromLogits] = [Choice.Automatic, Choice.Reconstruction, Choice.DifferenceReconstruction, Choice.LocalDifferenceReconstruction, Choice.None],
        [Rule.DirectDifferenceTargetPropagation] = [Choice.Automatic, Choice.DifferenceReconstruction, Choice.None],
        [Rule.FixedWeightDifferenceTargetPropagation] = [Choice.Automatic, Choice.None],
        [Rule.FeedbackAlignment] = [Choice.Automatic, Choice.None],
        [Rule.DirectFeedbackAlignment] = [Choice.Automatic, Choice.None],
    };

    public static TheoryData<Rule, Choice> Pairs
    {
        get
        {
            var pairs = new TheoryData<Rule, Choice>();
            foreach (Rule rule in Allowed.Keys)
                foreach (Choice choice in Allowed[rule])
                    pairs.Add(rule, choice);
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void It_learns_can_be_saved_and_can_be_continued(Rule rule, Choice choice)
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);
        TargetPropMulticlassTrainer Trainer(int epochs) => _ml.MulticlassClassification.Trainers.TargetPropClassifier(
            Models.Small(epochs).With(o => (o.LearningRule, o.Feedback.Learning, o.LearningRate) = (rule, choice, 0.01)));
        TargetPropMulticlassTransformer model = Trainer(40).Fit(flowers);
        var loaded = (TargetPropMulticlassTransformer)Models.Load(new MLContext(), Models.Zip(_ml, model, flowers.Schema));

        Assert.InRange(model.Model.TrainingSummary.TrainingError, 0, 0.2);
        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(flowers)).MicroAccuracy, 0.85, 1);
        Assert.Equal(rule, loaded.Model.TrainingSummary.LearningRule);
        Assert.Equal(model.Bytes(), Trainer(40).Fit(flowers).Bytes());
        Assert.Equal(model.Bytes(), loaded.Bytes());
        Assert.Equal(ViewText.Rows(model.Transform(flowers)), ViewText.Rows(loaded.Transform(flowers)));
        TargetPropMulticlassTransformer continued = Trainer(2).Fit(flowers, loaded.Model);
        Assert.Equal(Trainer(2).Fit(flowers, model.Model).Bytes(), continued.Bytes());
        Assert.InRange(_ml.MulticlassClassification.Evaluate(continued.Transform(flowers)).MicroAccuracy, 0.85, 1);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void It_learns_two_classes(Rule rule, Choice choice)
    {
        IDataView moons = Models.Moons(_ml);
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(
            Models.SmallBinary(epochs: 40).With(o => (o.LearningRule, o.Feedback.Learning, o.LearningRate) = (rule, choice, 0.01))).Fit(moons);

        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_ml, model, moons.Schema));

        Assert.InRange(_ml.BinaryClassification.Evaluate(model.Transform(moons)).Accuracy, 0.8, 1);
        Assert.Equal(ViewText.Rows(model.Transform(moons)), ViewText.Rows(loaded.Transform(moons)));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void It_works_with_1_and_with_20_hidden_layers_and_with_all_options_together(Rule rule, Choice choice)
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);
        foreach (int layers in new[] { 1, 20 })
        {
            var epochs = new List<TargetPropEpochMetrics>();
            TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(o =>
            {
                (o.LearningRule, o.Feedback.Learning, o.HiddenUnits, o.LearningRate) = (rule, choice, [.. Enumerable.Repeat(8, layers)], 0.001);
                (o.Feedback.LearningRate, o.TargetStep, o.Feedback.Steps) = (0.001, 0.1, 2);
                (o.Dropout, o.InputDropout, o.InputNoise, o.WeightDecay, o.ValidationFraction, o.ExampleWeightColumnName) = (0.1, 0.1, 0.1, 0.1, 0.1, "SepalLength");
                (o.EpochCallback, o.BatchSize) = (epochs.Add, 45);
            })).Fit(flowers);

            Assert.Equal(layers, model.Model.HiddenUnits.Count);
            Assert.All(epochs, e => Assert.True(double.IsFinite(e.TrainingLoss) && double.IsFinite(e.ValidationLoss!.Value)));
            Assert.All(epochs, e => Assert.True(e.LayerLosses.Concat(e.ReconstructionLosses).All(double.IsFinite)));
        }
    }

    [Theory]
    [InlineData(Rule.DifferenceTargetPropagation, 3, 1)]
    [InlineData(Rule.DifferenceTargetPropagation, 12, 0.25)]
    [InlineData(Rule.Backpropagation, 12, 1)]
    public void Deep_networks_with_learned_feedback_have_lower_default_rates(Rule rule, int layers, double factor)
    {
        ClassifierSettings settings = ClassifierOptions.Settings(new TargetPropMulticlassTrainer.Options { LearningRule = rule }, seed: 1, new(500) { HiddenUnits = [.. Enumerable.Repeat(100, layers)] });

        Assert.Equal(factor * 0.35 / 100, settings.LearningRate, 1e-12);
        Assert.Equal(factor * 0.5 / 100, settings.FeedbackLearningRate, 1e-12);
    }

    [Fact]
    public void Creating_a_trainer_rejects_invalid_pairs_with_a_reason()
    {
        foreach (Rule rule in Allowed.Keys)
        {
            foreach (Choice choice in Enum.GetValues<Choice>().Except(Allowed[rule]))
            {
                var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Trainers.TargetPropClassifier(
                    Models.Small().With(o => (o.LearningRule, o.Feedback.Learning) = (rule, choice))));
                Assert.Contains($"Feedback.Learning is {choice}; allowed: {string.Join(", ", Allowed[rule])} when LearningRule is {rule}, because it", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Batch_normalisation_needs_batches_of_at_least_two_rows()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(
            Models.SmallBinary().With(o => (o.LearningRule, o.BatchSize) = (Rule.FixedWeightDifferenceTargetPropagation, 1))));

        Assert.Contains("BatchSize is 1; allowed: 2 or more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_of_rules_known_to_an_earlier_package_keep_its_format()
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);
        int VersionOf(Rule rule)
        {
            var model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1).With(o =>
                (o.LearningRule, o.FeatureEncoding, o.MissingValues) = (rule, TargetPropFeatureEncoding.Standardize, TargetPropMissingValues.Error))).Fit(flowers);
            using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(Models.Zip(_ml, model, flowers.Schema)));
            using var reader = new BinaryReader(zip.Entries.Single(e => e.Name == "Network").Open());
            reader.ReadInt64();
            return reader.ReadInt32();
        }

        Assert.Equal(1, VersionOf(Rule.DifferenceTargetPropagation));
        Assert.Equal(1, VersionOf(Rule.Backpropagation));
        Assert.Equal(2, VersionOf(Rule.FeedbackAlignment));
        Assert.Equal(2, VersionOf(Rule.FixedWeightDifferenceTargetPropagation));
    }
}
