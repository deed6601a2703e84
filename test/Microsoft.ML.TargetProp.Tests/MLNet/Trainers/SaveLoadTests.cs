using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Packaging;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests saving and loading of models, in this process and in a process that references only ML.NET.</summary>
public sealed class SaveLoadTests(FlowerModel flowers) : IClassFixture<FlowerModel>
{
    private readonly MLContext _ml = flowers.Context;

    [Fact]
    public void A_pipeline_loads_from_a_file_in_a_new_context()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.zip"];
        _ml.Model.Save(flowers.Chain, flowers.Table.Schema, path);

        ITransformer loaded = new MLContext().Model.Load(path, out DataViewSchema schema);

        Assert.Equal(ViewText.Schema(flowers.Table.Schema), ViewText.Schema(schema));
        Assert.Equal(Scores(flowers.Chain), Scores(loaded));
    }

    [Fact]
    public void A_pipeline_loads_from_a_stream()
    {
        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_ml, flowers.Chain, flowers.Table.Schema));

        Assert.Equal(Scores(flowers.Chain), Scores(loaded));
        using var engine = _ml.Model.CreatePredictionEngine<Flower, FlowerPrediction>(loaded);
        using var original = _ml.Model.CreatePredictionEngine<Flower, FlowerPrediction>(flowers.Chain, new PredictionEngineOptions { OwnsTransformer = false });
        foreach (Flower row in Tables.Flowers(20, seed: 3))
        {
            Assert.Equal(original.Predict(row).Score, engine.Predict(row).Score);
            Assert.Equal(original.Predict(row).PredictedLabel, engine.Predict(row).PredictedLabel);
        }
    }

    [Fact]
    public void A_pipeline_loads_together_with_its_data_loader()
    {
        using var folder = new TemporaryFolder();
        string data = folder["flowers.tsv"], path = folder["model.zip"];
        using (FileStream stream = File.Create(data))
            _ml.Data.SaveAsText(_ml.Transforms.SelectColumns("Label", "Features").Fit(flowers.Table).Transform(flowers.Table), stream, schema: false);
        TextLoader loader = _ml.Data.CreateTextLoader(
            [new("Label", DataKind.String, 0), new("Features", DataKind.Single, 1, 4)], hasHeader: true);
        ITransformer model = Models.TextPipeline(_ml, Models.Small()).Fit(loader.Load(data));
        _ml.Model.Save(model, loader, path);

        var fresh = new MLContext();
        ITransformer loaded = fresh.Model.LoadWithDataLoader(path, out IDataLoader<IMultiStreamSource> loadedLoader);

        IDataView rows = loadedLoader.Load(new MultiFileSource(data));
        Assert.Equal(ViewText.Rows(model.Transform(loader.Load(data)), "Score", "PredictedLabel"), ViewText.Rows(loaded.Transform(rows), "Score", "PredictedLabel"));
        Assert.Equal(150, ViewText.Rows(rows).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_process_that_references_only_MLNet_loads_the_model_and_gives_the_same_scores(bool multiclass)
    {
        IDataView rows = multiclass ? flowers.Table : Models.Moons(_ml);
        ITransformer trained = multiclass ? flowers.Chain : _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(rows);

        IDataView scored = trained.Transform(rows);
        IEnumerable<float[]> expected = multiclass ? scored.GetColumn<float[]>("Score") : scored.GetColumn<float>("Score").Select(score => new[] { score });
        Assert.Equal(expected.Select(FreshProcess.Bits), FreshProcess.Transform(_ml, trained, rows, "Score"));
    }

    [Fact]
    public void A_loaded_model_is_the_same_in_all_properties()
    {
        TargetPropMulticlassTrainer.Options options = Models.Small(epochs: 6, seed: 42).With(o =>
        {
            o.Activation = TargetPropActivation.Sigmoid;
            o.HiddenUnits = [7, 9, 5];
            o.BatchSize = 13;
            o.ValidationFraction = 0.2;
            o.EarlyStoppingPatience = 5;
        });
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(options).Fit(flowers.KeyTable);

        var loaded = (TargetPropMulticlassTransformer)Models.Load(new MLContext(), Models.Zip(_ml, model, flowers.KeyTable.Schema));

        Assert.Equal(model.Bytes(), loaded.Bytes());
        Assert.Equal((4, 3, TargetPropActivation.Sigmoid), (loaded.Model.FeatureCount, loaded.Model.ClassCount, loaded.Model.Activation));
        Assert.Equal([7, 9, 5], loaded.Model.HiddenUnits);
        Assert.Equal(Tables.Kinds, loaded.Model.ClassNames);
        TargetPropTrainingSummary before = model.Model.TrainingSummary, after = loaded.Model.TrainingSummary;
        Assert.Equivalent(before, after, strict: true);
        Assert.Equal((42, 13, 120L), (after.Seed, after.BatchSize, after.TrainingRows));
        Assert.InRange(after.BestEpoch, 1, after.Epochs);
        Assert.Equal(TargetPropLearningRule.DifferenceTargetPropagation, after.LearningRule);
        Assert.NotNull(after.ValidationLoss);
        Assert.Equal(Packaging.Repository.Version, after.LibraryVersion);
        Assert.Equal(Packaging.Repository.MLNetVersion, after.MLNetVersion);
        Assert.Equal(Packaging.Repository.TorchSharpVersion, after.TorchSharpVersion);
    }

    [Fact]
    public void The_summary_has_the_measurements_of_training()
    {
        var epochs = new List<TargetPropEpochMetrics>();
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers
            .TargetPropClassifier(Models.Small().With(o => o.EpochCallback = epochs.Add)).Fit(flowers.KeyTable);

        TargetPropTrainingSummary summary = model.Model.TrainingSummary;
        Assert.Equal((10, 10), (summary.Epochs, summary.BestEpoch));
        Assert.Equal((epochs[^1].TrainingLoss, epochs[^1].TrainingError), (summary.TrainingLoss, summary.TrainingError));
        Assert.Null(summary.ValidationLoss);
        Assert.Equal(150, summary.TrainingRows);
    }

    [Fact]
    public void The_binary_model_loads_with_its_summary()
    {
        IDataView moons = Models.Moons(_ml);
        var model = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(seed: 9)).Fit(moons);

        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_ml, model, moons.Schema));

        TargetPropBinaryModelParameters parameters = Models.BinaryParameters(loaded);
        Assert.Equivalent(model.Model.SubModel.TrainingSummary, parameters.TrainingSummary, strict: true);
        Assert.Equal((2, 9), (parameters.FeatureCount, parameters.TrainingSummary.Seed));
        Assert.Equal([16, 16], parameters.HiddenUnits);
        Assert.Equal(ViewText.Rows(model.Transform(moons)), ViewText.Rows(loaded.Transform(moons)));
    }

    [Fact]
    public void A_model_trained_by_backpropagation_has_no_feedback_weights_and_can_be_loaded()
    {
        TargetPropMulticlassTrainer.Options options = Models.Small(epochs: 40).With(o => o.LearningRule = TargetPropLearningRule.Backpropagation);
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(options).Fit(flowers.KeyTable);

        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, model, flowers.KeyTable.Schema));

        Assert.Empty(model.Model.Classifier.Network.Feedback);
        Assert.NotEmpty(flowers.Transformer.Model.Classifier.Network.Feedback);
        Assert.Equal(ViewText.Rows(model.Transform(flowers.KeyTable)), ViewText.Rows(loaded.Transform(flowers.KeyTable)));
        Assert.InRange(_ml.MulticlassClassification.Evaluate(loaded.Transform(flowers.KeyTable)).MicroAccuracy, 0.93, 1);
    }

    [Fact]
    public void Class_names_of_any_length_and_script_are_stored()
    {
        string[] names = [new string('x', 100_000), "日本語 ünï\0code 🌷", ""];
        IDataView table = _ml.Data.LoadFromEnumerable(Tables.Flowers().Select(f =>
        {
            f.Label = names[f.Kind / 10 - 1];
            return f;
        }));
        // For MapValueToKey, an empty text is a missing label unless the keys are given.
        IDataView keys = _ml.Data.LoadFromEnumerable(names.Take(2).Select(n => new { Name = n }));
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(table).Transform(table);
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1)).Fit(mapped);

        var loaded = (TargetPropMulticlassTransformer)Models.Load(_ml, Models.Zip(_ml, model, mapped.Schema));

        Assert.Equal(names.Take(2), loaded.Model.ClassNames);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_entries_of_the_file_are_those_in_the_documentation(bool multiclass)
    {
        IDataView table = multiclass ? flowers.KeyTable : Models.Moons(_ml);
        ITransformer model = multiclass ? flowers.Transformer : _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 1)).Fit(table);

        using var zip = new ZipArchive(new MemoryStream(Models.Zip(_ml, model, table.Schema)));

        string[] entries = [.. zip.Entries.Select(e => e.FullName.Replace('\\', '/')).Order(StringComparer.Ordinal)];
        string[] ours = multiclass
            ? ["TransformerChain/Model/Model.key", "TransformerChain/Model/Network"]
            : ["TransformerChain/Model/Calibrator/Calibrator.txt", "TransformerChain/Model/Calibrator/Model.key", "TransformerChain/Model/Model.key", "TransformerChain/Model/Predictor/Model.key", "TransformerChain/Model/Predictor/Network"];
        Assert.Equal(["Schema", "TrainingInfo/Version.txt", "TransformerChain/Model.key", .. ours, "TransformerChain/TrainSchema"], entries);
        string documentation = File.ReadAllText(Path.Combine(Packaging.Repository.Root, "docs", "model-format.md"));
        Assert.All(entries, e => Assert.Contains("`" + e + "`", documentation, StringComparison.Ordinal));
    }

    private List<string> Scores(ITransformer model) => ViewText.Rows(model.Transform(flowers.Table), "Score", "PredictedLabel", "Name");
}
