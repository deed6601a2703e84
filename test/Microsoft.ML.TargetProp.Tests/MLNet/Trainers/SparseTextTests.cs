using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Trains on text that <c>FeaturizeText</c> turns into thousands of slots, most of them 0.</summary>
public sealed class SparseTextTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<string> _messages = [];

    public SparseTextTests() => _ml.Log += (_, e) =>
    {
        lock (_messages)
            _messages.Add(e.Message);
    };

    [Fact]
    public void The_default_trainer_learns_topics_of_sentences_from_rows_without_their_zeros()
    {
        IDataView view = SparseTables.Featurized(_ml, SparseTables.Sentences(600), out ITransformer featurizer);
        IDataView other = featurizer.Transform(_ml.Data.LoadFromEnumerable(SparseTables.Sentences(900)[600..]));

        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier().Fit(view);

        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(other)).MicroAccuracy, 0.85, 1);
        Assert.IsType<SparseEncoding>(model.Model.Classifier.Network.Encoding);
        Assert.Contains(_messages, m => m.Contains("Column 'Features' is sparse (600 rows of", StringComparison.Ordinal));
    }

    [Fact]
    public void Sparse_rows_dense_rows_single_rows_and_a_loaded_model_have_the_same_scores()
    {
        Sentence[] sentences = SparseTables.Sentences(120);
        IDataView view = SparseTables.Featurized(_ml, sentences, out ITransformer featurizer);
        TargetPropMulticlassTransformer model = Fit(view);

        float[][] scores = Scores(model, view);

        Near(scores, Scores(model, SparseTables.Densified(_ml, view)));
        using var stream = new MemoryStream();
        _ml.Model.Save(featurizer.Append(model), null, stream);
        stream.Position = 0;
        ITransformer loaded = _ml.Model.Load(stream, out _);
        Assert.Equal(scores, Scores(loaded, _ml.Data.LoadFromEnumerable(sentences)));
        PredictionEngine<Sentence, Prediction> engine = _ml.Model.CreatePredictionEngine<Sentence, Prediction>(loaded);
        Near(scores[..20], [.. sentences[..20].Select(s => engine.Predict(s).Score)]);
    }

    [Fact]
    public void The_binary_trainer_and_several_networks_read_sparse_rows_too()
    {
        IDataView view = SparseTables.Featurized(_ml, SparseTables.Sentences(300), out _);
        var options = new TargetPropBinaryTrainer.Options { LabelColumnName = "IsFirstTopic", Members = 2, Seed = 1 };

        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(options).Fit(view);

        Assert.InRange(_ml.BinaryClassification.Evaluate(model.Transform(view), "IsFirstTopic").Accuracy, 0.95, 1);
        Assert.Equal(2, model.Model.SubModel.MemberCount);
        Assert.IsType<SparseEncoding>(model.Model.SubModel.Classifier.Network.Encoding);
    }

    [Theory]
    [InlineData(TargetPropLearningRule.Backpropagation)]
    [InlineData(TargetPropLearningRule.DirectFeedbackAlignment)]
    [InlineData(TargetPropLearningRule.DirectDifferenceTargetPropagation)]
    [InlineData(TargetPropLearningRule.FixedWeightDifferenceTargetPropagation)]
    public void Every_rule_learns_from_sparse_rows(TargetPropLearningRule rule)
    {
        IDataView view = SparseTables.Featurized(_ml, SparseTables.Sentences(300), out _);

        TargetPropMulticlassTransformer model = Fit(view, o => (o.LearningRule, o.HiddenUnits, o.MaxEpochs) = (rule, [16, 16], 20));

        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(view)).MicroAccuracy, 0.9, 1);
        Assert.IsType<SparseEncoding>(model.Model.Classifier.Network.Encoding);
    }

    [Fact]
    public void Training_continues_from_a_model_of_sparse_rows_also_on_dense_rows()
    {
        IDataView view = SparseTables.Featurized(_ml, SparseTables.Sentences(120), out _);
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Options());
        TargetPropMulticlassTransformer start = trainer.Fit(view);

        Near(Scores(trainer.Fit(view, start.Model), view), Scores(trainer.Fit(SparseTables.Densified(_ml, view), start.Model), view));
    }

    [Fact]
    public void Validation_rows_and_diagnostics_work_with_sparse_rows()
    {
        IDataView view = SparseTables.Featurized(_ml, SparseTables.Sentences(200), out _);
        var epochs = new List<TargetPropEpochMetrics>();

        Fit(view, o => (o.ValidationFraction, o.DiagnosticsRows, o.EpochCallback) = (0.25, 16, epochs.Add));

        Assert.All(epochs, e => Assert.True(e.ValidationLoss is > 0 && e.Diagnostics is not null));
    }

    [Fact]
    public void Input_noise_asks_for_a_dense_copy_and_a_message_says_its_size()
    {
        IDataView view = SparseTables.Featurized(_ml, SparseTables.Sentences(60), out _);

        TargetPropMulticlassTransformer model = Fit(view, o => o.InputNoise = 0.1);

        Assert.IsType<Standardization>(model.Model.Classifier.Network.Encoding);
        Assert.Contains(_messages, m => m.Contains("InputNoise is above 0", StringComparison.Ordinal) && m.Contains("A dense copy takes 0.0 GB", StringComparison.Ordinal));
    }

    [Fact]
    public void A_dense_copy_that_no_memory_holds_is_refused_before_it_is_made()
    {
        // 4 million slots × 30,000 rows × 4 bytes are 450 GB.
        const int slots = 4_000_000;
        var definition = SchemaDefinition.Create(typeof(Hashed));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, slots);
        IDataView view = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 30_000).Select(i =>
            new Hashed { Features = new VBuffer<float>(slots, 1, [1f], [i % 1000]), Label = (uint)(i % 2) }), definition);

        var error = Assert.Throws<InvalidOperationException>(() => Fit(view, o => o.InputNoise = 0.1));

        Assert.All(["'Features'", "30000 rows of 4000000 slots", "InputNoise", "447.0 GB", "SelectFeaturesBasedOnCount"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_seed_gives_the_same_model_bit_for_bit()
    {
        IDataView view = SparseTables.Featurized(_ml, SparseTables.Sentences(120), out _);

        Assert.Equal(Fit(view).Bytes(), Fit(view).Bytes());
    }

    private static TargetPropMulticlassTrainer.Options Options() => new() { HiddenUnits = [16], MaxEpochs = 3, Seed = 1 };

    private TargetPropMulticlassTransformer Fit(IDataView view, Action<TargetPropMulticlassTrainer.Options>? change = null) =>
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Options().With(change ?? (_ => { }))).Fit(view);

    private static float[][] Scores(ITransformer model, IDataView view) => [.. model.Transform(view).GetColumn<float[]>("Score")];

    private static void Near(float[][] expected, float[][] actual) => Assert.All(expected.Zip(actual), pair =>
        Assert.All(pair.First.Zip(pair.Second), values => Assert.Equal(values.First, values.Second, 1e-5f)));

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class Hashed
    {
        public VBuffer<float> Features { get; set; }

        [KeyType(2)]
        public uint Label { get; set; }
    }
}
