using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the featurizer: as a transform, in a file, before a linear trainer, and as the first layers of a classifier.</summary>
public sealed class FeaturizerTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_linear_trainer_separates_the_moons_with_the_code_but_not_without_it()
    {
        IDataView train = Models.Moons(_ml, 300), test = Models.Moons(_ml, 300, seed: 2);
        var linear = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l1Regularization: 0, l2Regularization: 0.01f);
        var coded = _ml.Transforms.TargetPropFeaturizer(new TargetPropFeaturizerEstimator.Options { HiddenUnits = [100], InputNoise = 0.05, CodeNoise = 0.1, MaxEpochs = 200, LearningRate = 0.01, DecoderLearningRate = 0.01 }).Append(linear);
        double Accuracy(IEstimator<ITransformer> pipeline) =>
            _ml.BinaryClassification.Evaluate(pipeline.Fit(train).Transform(test)).Accuracy;

        double without = Accuracy(_ml.Transforms.NormalizeMeanVariance("Features", fixZero: false).Append(linear)), with = Accuracy(coded);

        Assert.InRange(without, 0.6, 0.95);
        Assert.InRange(with, 0.97, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_process_that_references_only_MLNet_loads_the_model_and_gives_the_same_codes(bool allLayers)
    {
        TargetPropFeaturizerTransformer transformer = Fit(o => (o.OutputColumnName, o.InputColumnName, o.AllLayers) = ("Code", "Features", allLayers));
        IDataView rows = Models.FlowersWithKeys(_ml, 30, seed: 5);

        float[][] codes = [.. transformer.Transform(rows).GetColumn<float[]>("Code")];

        Assert.All(codes, c => Assert.Equal(allLayers ? 11 : 3, c.Length));
        Assert.Equal(codes.Select(FreshProcess.Bits), FreshProcess.Transform(_ml, transformer, rows, "Code"));
    }

    [Fact]
    public void The_output_of_all_layers_ends_with_the_top_code_and_equals_that_of_the_model()
    {
        IDataView rows = Models.FlowersWithKeys(_ml, 30, seed: 5);
        float[][] features = [.. rows.GetColumn<float[]>("Features")];
        TargetPropFeaturizerTransformer all = Fit(o => o.AllLayers = true), top = Fit(_ => { });

        float[][] codes = [.. top.Transform(rows).GetColumn<float[]>("Features")];

        Assert.Equal(codes, all.Transform(rows).GetColumn<float[]>("Features").Select(c => c[8..]));
        Assert.Equal(codes, top.Model.Encode(features));
        Assert.Equal(top.Model.Decode(codes), top.Model.Reconstruct(features));
        Assert.Equal(4, top.Model.SlotCount);
    }

    [Fact]
    public void Training_and_encoding_free_every_tensor()
    {
        IDataView rows = Models.FlowersWithKeys(_ml, 30, seed: 5);

        LiveTensors.AssertGivenBack(() =>
        {
            using TargetPropFeaturizerTransformer transformer = Fit(_ => { });
            Assert.Equal(30, transformer.Transform(rows).GetColumn<float[]>("Features").Count());
        });
    }

    [Fact]
    public void A_row_has_the_same_code_alone_and_in_a_batch()
    {
        TargetPropFeaturizerTransformer transformer = Fit(_ => { });
        Flower[] flowers = Tables.Flowers(700, seed: 4);
        float[][] batch = [.. transformer.Transform(_ml.Data.LoadFromEnumerable(flowers)).GetColumn<float[]>("Features")];
        using var engine = _ml.Model.CreatePredictionEngine<Flower, Coded>(transformer, new PredictionEngineOptions { OwnsTransformer = false });

        for (int i = 0; i < flowers.Length; i += 61)
            Assert.All(batch[i].Zip(engine.Predict(flowers[i]).Features), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    [Fact]
    public void The_output_schema_is_as_announced()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        TargetPropFeaturizerEstimator estimator = Estimator(o => (o.OutputColumnName, o.InputColumnName) = ("Code", "Features"));
        SchemaShape promised = estimator.GetOutputSchema(SchemaShape.Create(table.Schema));

        SchemaShape delivered = SchemaShape.Create(estimator.Fit(table).GetOutputSchema(table.Schema));

        Assert.Equal(promised.Select(c => c.Name).Order(StringComparer.Ordinal), delivered.Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.All(promised, c => Assert.True(delivered.TryFindColumn(c.Name, out SchemaShape.Column found) && found.IsCompatibleWith(c) && c.IsCompatibleWith(found), c.Name));
    }

    [Fact]
    public void A_missing_entry_is_rejected_in_training_and_gives_a_missing_code_in_scoring()
    {
        Flower[] flowers = Tables.Flowers();
        flowers[7] = flowers[7].With(float.NaN);
        IDataView table = _ml.Data.LoadFromEnumerable(flowers);

        var error = Assert.Throws<InvalidOperationException>(() => Estimator(_ => { }).Fit(table));
        float[][] codes = [.. Fit(_ => { }).Transform(table).GetColumn<float[]>("Features")];

        Assert.Contains("Column 'Features' has values that are missing (NaN) or infinite in 1 of 150 training rows; the first: row 8 holds NaN in slot 2", error.Message);
        Assert.All(codes[7], v => Assert.True(float.IsNaN(v)));
        Assert.All(codes.Where((_, i) => i != 7).SelectMany(c => c), v => Assert.True(float.IsFinite(v)));
    }

    public static TheoryData<string, Action<TargetPropFeaturizerEstimator.Options>> Bad { get; } = new()
    {
        { "OutputColumnName", o => o.OutputColumnName = "" },
        { "InputColumnName", o => o.InputColumnName = "" },
        { "HiddenUnits", o => o.HiddenUnits = [] },
        { "HiddenUnits", o => o.HiddenUnits = [5, 0] },
        { "Activation", o => o.Activation = (TargetPropActivation)77 },
        { "MaxEpochs", o => o.MaxEpochs = 0 },
        { "BatchSize", o => o.BatchSize = 0 },
        { "LearningRate", o => o.LearningRate = 0 },
        { "DecoderLearningRate", o => o.DecoderLearningRate = double.NaN },
        { "CodeNoise", o => o.CodeNoise = -1 },
        { "InputNoise", o => o.InputNoise = double.PositiveInfinity },
        { "Schedule", o => o.Schedule = (TargetPropSchedule)9 },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Creating_an_estimator_rejects_an_option_out_of_range_by_name(string option, Action<TargetPropFeaturizerEstimator.Options> spoil)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Estimator(spoil));

        Assert.Contains(option + " is ", error.Message);
    }

    [Fact]
    public void A_damaged_file_is_rejected()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        byte[] zip = Models.Zip(_ml, Fit(_ => { }), table.Schema);
        List<string> expected = ViewText.Rows(Models.Load(_ml, zip).Transform(table), "Features");
        var random = new Random(5);
        int found = 0;
        for (int i = 0; i < 60; i++)
        {
            byte[] damaged = [.. zip];
            damaged[random.Next(zip.Length)] ^= (byte)(1 << random.Next(8));
            ITransformer? model = null;
            if (Record.Exception(() => model = Models.Load(new MLContext(), damaged)) is not null)
                found++;
            else
                Assert.Equal(expected, ViewText.Rows(model!.Transform(table), "Features"));
        }
        Assert.InRange(found, 30, 60);
        Assert.All(Enumerable.Range(0, 20), i => Assert.NotNull(Record.Exception(() => Models.Load(new MLContext(), zip[..(i * zip.Length / 20)]))));
    }

    [Fact]
    public void A_classifier_can_start_from_the_encoders_and_decoders()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        TargetPropAutoencoderModel pretrained = Fit(o => o.Activation = TargetPropActivation.Tanh).Model;
        TargetPropMulticlassTrainer still = _ml.MulticlassClassification.Trainers.TargetPropClassifier(new TargetPropMulticlassTrainer.Options
        {
            LearningRate = 1e-12,
            Feedback = { LearningRate = 0 },
            MaxEpochs = 1,
        });

        NetworkSnapshot network = still.Fit(table, pretrained).Model.Classifier.Network;

        Assert.Equal([8, 3], network.Shape.HiddenUnits);
        Assert.Equal(pretrained.Snapshot.Standardization!.Scale, ((Standardization)network.Encoding!).Scale);
        for (int layer = 0; layer < 2; layer++)
            Assert.All(pretrained.Snapshot.Encoders[layer].Weight.Zip(network.Forward[layer].Weight), p => Assert.Equal(p.First, p.Second, 1e-6f));
        Assert.Equal(pretrained.Snapshot.Decoders[1].Weight, Assert.Single(network.Feedback).Weight);
    }

    [Fact]
    public void A_pretrained_classifier_learns_and_one_with_another_shape_is_rejected()
    {
        IDataView table = Models.FlowersWithKeys(_ml), moons = Models.Moons(_ml);
        TargetPropAutoencoderModel flowers = Fit(o => o.Activation = TargetPropActivation.Tanh).Model;
        TargetPropAutoencoderModel points = Estimator(o => o.Activation = TargetPropActivation.Tanh).Fit(moons).Model;
        var multiclass = _ml.MulticlassClassification.Trainers.TargetPropClassifier(maxEpochs: 100);
        var binary = _ml.BinaryClassification.Trainers.TargetPropClassifier(maxEpochs: 100);

        Assert.InRange(_ml.MulticlassClassification.Evaluate(multiclass.Fit(table, flowers).Transform(table)).MicroAccuracy, 0.95, 1);
        Assert.InRange(_ml.BinaryClassification.Evaluate(binary.Fit(moons, points).Transform(moons)).Accuracy, 0.8, 1);
        Assert.Contains("features per row: the model has 2, the data 4", Assert.Throws<InvalidOperationException>(() => multiclass.Fit(table, points)).Message);
    }

    [Fact]
    public void Training_reports_its_epochs_and_can_be_cancelled()
    {
        var epochs = new List<TargetPropFeaturizerEpochMetrics>();
        using var stop = new CancellationTokenSource();
        Fit(o => o.EpochCallback = epochs.Add);

        Assert.Equal([(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)], epochs.Select(e => (e.Layer, e.Epoch)));
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Fit(o => o.CancellationToken = stop.Token));
    }

    private TargetPropFeaturizerTransformer Fit(Action<TargetPropFeaturizerEstimator.Options> change) => Estimator(change).Fit(Models.FlowersWithKeys(_ml));

    private TargetPropFeaturizerEstimator Estimator(Action<TargetPropFeaturizerEstimator.Options> change)
    {
        var options = new TargetPropFeaturizerEstimator.Options { HiddenUnits = [8, 3], MaxEpochs = 3, Seed = 1 };
        change(options);
        return _ml.Transforms.TargetPropFeaturizer(options);
    }

    private sealed class Coded
    {
        public float[] Features { get; set; } = [];
    }
}
