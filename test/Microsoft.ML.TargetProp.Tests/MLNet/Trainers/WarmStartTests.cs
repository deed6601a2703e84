using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests training that continues a model.</summary>
public sealed class WarmStartTests(FlowerModel flowers) : IClassFixture<FlowerModel>
{
    private readonly MLContext _ml = flowers.Context;

    [Fact]
    public void The_first_epoch_starts_from_the_model()
    {
        double cold = 0, warm = 0;
        Trainer(o => (o.MaxEpochs, o.EpochCallback) = (1, e => cold = e.TrainingLoss)).Fit(flowers.KeyTable);

        Trainer(o => (o.MaxEpochs, o.EpochCallback) = (1, e => warm = e.TrainingLoss)).Fit(flowers.KeyTable, flowers.Transformer.Model);

        Assert.InRange(warm, 0, cold / 2);
        Assert.InRange(warm, 0, 2 * flowers.Transformer.Model.TrainingSummary.TrainingLoss);
    }

    [Fact]
    public void Forward_weights_feedback_weights_and_standardization_are_kept()
    {
        // With other rows and negligible steps, weights and standardization must be those of the model.
        IDataView others = Models.FlowersWithKeys(_ml, 90, seed: 9);
        TargetPropMulticlassTransformer still = Trainer(o => (o.LearningRate, o.Feedback.LearningRate) = (1e-12, 0)).Fit(others, flowers.Transformer.Model);

        NetworkSnapshot before = flowers.Transformer.Model.Classifier.Network, after = still.Model.Classifier.Network;
        Assert.Equal(((TableEncoding)before.Encoding!).Codes, ((TableEncoding)after.Encoding!).Codes);
        Assert.NotEmpty(before.Feedback);
        foreach ((MapSnapshot was, MapSnapshot now) in before.Feedback.Zip(after.Feedback))
        {
            Assert.Equal(was.Weight, now.Weight);
            Assert.Equal(was.Bias, now.Bias);
        }
        foreach ((MapSnapshot was, MapSnapshot now) in before.Forward.Zip(after.Forward))
            Assert.All(was.Weight.Zip(now.Weight), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void Continuing_a_loaded_model_equals_continuing_the_model_in_memory()
    {
        byte[] zip = Models.Zip(_ml, flowers.Chain, flowers.Table.Schema);
        var loaded = ((IEnumerable<ITransformer>)Models.Load(new MLContext(), zip)).OfType<TargetPropMulticlassTransformer>().Single();

        byte[] fromMemory = Trainer().Fit(flowers.KeyTable, flowers.Transformer.Model).Bytes();

        Assert.Equal(fromMemory, Trainer().Fit(flowers.KeyTable, loaded.Model).Bytes());
    }

    [Fact]
    public void The_continued_model_itself_does_not_change()
    {
        byte[] before = flowers.Transformer.Bytes();
        List<string> scores = ViewText.Rows(flowers.Transformer.Transform(flowers.KeyTable));

        TargetPropMulticlassTransformer continued = Trainer().Fit(flowers.KeyTable, flowers.Transformer.Model);

        Assert.NotEqual(before, continued.Bytes());
        Assert.Equal(before, flowers.Transformer.Bytes());
        Assert.Equal(scores, ViewText.Rows(flowers.Transformer.Transform(flowers.KeyTable)));
    }

    [Fact]
    public void Hidden_units_may_be_omitted_or_repeated()
    {
        Assert.Equal([16, 16], Trainer(o => o.HiddenUnits = null).Fit(flowers.KeyTable, flowers.Transformer.Model).Model.HiddenUnits);
        Assert.Equal([16, 16], Trainer(o => o.HiddenUnits = [16, 16]).Fit(flowers.KeyTable, flowers.Transformer.Model).Model.HiddenUnits);
    }

    [Fact]
    public void The_message_for_options_or_data_that_do_not_match_the_model_has_both_values()
    {
        IDataView narrow = _ml.Transforms.Concatenate("Features", "SepalLength", "PetalLength").Fit(flowers.KeyTable).Transform(flowers.KeyTable);
        Flower[] rows = Tables.Flowers();
        rows[0].Label = "tulip";
        IDataView more = Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(rows));
        IDataView otherOrder = Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(Tables.Flowers().Reverse()));

        Refused(narrow, null, "features per row", "4", "2");
        Refused(more, null, "classes", "3", "4");
        Refused(otherOrder, null, "order of the classes", "setosa, versicolor, virginica", "virginica, versicolor, setosa", "MapValueToKey");
        Refused(flowers.KeyTable, o => o.HiddenUnits = [16, 17], "HiddenUnits", "16, 16", "16, 17");
        Refused(flowers.KeyTable, o => o.Activation = TargetPropActivation.Sigmoid, "Activation", "Tanh", "Sigmoid");
        Refused(flowers.KeyTable, o => o.LearningRule = TargetPropLearningRule.Backpropagation, "LearningRule", "DifferenceTargetPropagation", "Backpropagation");
        Refused(flowers.KeyTable, o => o.FeatureEncoding = TargetPropFeatureEncoding.None, "FeatureEncoding", "encodes", "None");
    }

    [Fact]
    public void A_model_without_standardization_is_continued_without_it()
    {
        TargetPropMulticlassTransformer raw = Trainer(o => o.FeatureEncoding = TargetPropFeatureEncoding.None).Fit(flowers.KeyTable);

        TargetPropMulticlassTransformer continued = Trainer(o => o.FeatureEncoding = TargetPropFeatureEncoding.None).Fit(flowers.KeyTable, raw.Model);

        Assert.Null(continued.Model.Classifier.Network.Encoding);
        Assert.Throws<InvalidOperationException>(() => Trainer(o => o.FeatureEncoding = TargetPropFeatureEncoding.Standardize).Fit(flowers.KeyTable, raw.Model));
    }

    [Fact]
    public void The_message_for_a_model_of_several_networks_names_what_all_of_them_have()
    {
        TargetPropMulticlassTransformer mixed = Trainer(o => (o.Members, o.FeatureEncoding) = (4, TargetPropFeatureEncoding.Auto)).Fit(flowers.KeyTable);
        string Refusal(Action<TargetPropMulticlassTrainer.Options> change) =>
            Assert.Throws<InvalidOperationException>(() => Trainer(change + (o => o.Members = null)).Fit(flowers.KeyTable, mixed.Model)).Message;

        Assert.Contains("has Relu and Tanh", Refusal(o => o.Activation = TargetPropActivation.Relu), StringComparison.Ordinal);
        Assert.Contains(" and encodes 4 columns as 4 inputs", Refusal(o => o.FeatureEncoding = TargetPropFeatureEncoding.PiecewiseLinear), StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_model_is_an_error()
    {
        Assert.Throws<ArgumentNullException>(() => Trainer().Fit(flowers.KeyTable, (TargetPropMulticlassModelParameters)null!));
    }

    [Fact]
    public void The_binary_trainer_can_continue_a_model()
    {
        IDataView moons = Models.Moons(_ml);
        double cold = 0, warm = 0;
        var first = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 60).With(o => o.EpochCallback = e => cold = e.Epoch == 1 ? e.TrainingLoss : cold)).Fit(moons);
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 1).With(o => o.EpochCallback = e => warm = e.TrainingLoss));

        byte[] fromMemory = trainer.Fit(moons, first.Model.SubModel).Bytes();
        byte[] fromZip = trainer.Fit(moons, Models.BinaryParameters(Models.Load(new MLContext(), Models.Zip(_ml, first, moons.Schema)))).Bytes();

        Assert.InRange(warm, 0, cold / 2);
        Assert.Equal(fromMemory, fromZip);
        var error = Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.Trainers
            .TargetPropClassifier(Models.SmallBinary().With(o => o.HiddenUnits = [5])).Fit(moons, first.Model.SubModel));
        Assert.Contains("HiddenUnits", error.Message, StringComparison.Ordinal);
    }

    private void Refused(IDataView data, Action<TargetPropMulticlassTrainer.Options>? change, params string[] mentions)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Trainer(change).Fit(data, flowers.Transformer.Model));
        Assert.All(mentions, m => Assert.Contains(m, error.Message, StringComparison.Ordinal));
    }

    private TargetPropMulticlassTrainer Trainer(Action<TargetPropMulticlassTrainer.Options>? change = null) =>
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3).With(change ?? (_ => { })));
}
