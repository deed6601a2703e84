using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// Tests that models saved by earlier versions of the package score as they did then. The files beside this one are such models: the number in a
/// name is the format version. A file is never written anew. When a format version is added, add recipes to <see cref="Recipes"/>, and run these
/// tests with the environment variable TARGETPROP_STORE_MODELS naming this folder: they write the files that are not there.
/// </summary>
public sealed class StoredModelTests
{
    private const string FolderVariable = "TARGETPROP_STORE_MODELS";
    private const float Tolerance = 2e-5f;

    private static readonly string Folder = Path.Combine(Packaging.Repository.Root, "test", "Microsoft.ML.TargetProp.Tests", "MLNet", "StoredModels");

    private static IEnumerable<string> StoredNames => Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal);

    /// <summary>How the stored models were made, as options of today say it.</summary>
    private static readonly Dictionary<string, Recipe> Recipes = new()
    {
        ["multiclass-1"] = Multiclass(_ => { }),
        ["multiclass-1-raw-features-elu"] = Multiclass(o => (o.FeatureEncoding, o.Activation, o.HiddenUnits) = (TargetPropFeatureEncoding.None, TargetPropActivation.Elu, [5])),
        ["multiclass-1-backpropagation-sigmoid"] = Multiclass(o => (o.LearningRule, o.Activation) = (TargetPropLearningRule.Backpropagation, TargetPropActivation.Sigmoid)),
        ["multiclass-2-normalised-relu"] = Multiclass(o => (o.LearningRule, o.Activation) = (TargetPropLearningRule.FixedWeightDifferenceTargetPropagation, TargetPropActivation.Relu)),
        ["multiclass-2-direct-feedback-leaky-relu"] = Multiclass(o => (o.LearningRule, o.Activation) = (TargetPropLearningRule.DirectFeedbackAlignment, TargetPropActivation.LeakyRelu)),
        ["multiclass-2-signs"] = Multiclass(o => o.UnitType = TargetPropUnitType.Sign),
        ["multiclass-2-levels"] = Multiclass(o => (o.UnitType, o.QuantizationLevels) = (TargetPropUnitType.Quantized, 5)),
        ["multiclass-2-stochastic"] = Multiclass(o => (o.UnitType, o.PredictionPasses, o.PredictionSeed) = (TargetPropUnitType.Stochastic, 7, 3)),
        ["multiclass-1-pipeline"] = (ml, rows) =>
        {
            IDataView flowers = Train(ml);
            return StoredModel.Of(ml, Models.TextPipeline(ml, Small(new TargetPropMulticlassTrainer.Options())).Fit(flowers), flowers, rows, "Score");
        },
        ["binary-1"] = Binary(_ => { }),
        ["binary-2-stochastic"] = Binary(o => (o.UnitType, o.PredictionPasses, o.PredictionSeed) = (TargetPropUnitType.Stochastic, 7, 3)),
        ["multiclass-3"] = Multiclass(o => o.Members = 4),
        ["binary-3-standardised"] = Binary(o => (o.Members, o.FeatureEncoding) = (1, TargetPropFeatureEncoding.Standardize)),
        ["regression-3"] = (ml, rows) =>
        {
            IDataView flowers = Train(ml);
            TargetPropRegressionTrainer.Options options = Small(new TargetPropRegressionTrainer.Options());
            (options.LabelColumnName, options.Members, options.Quantiles) = ("SepalLength", 2, [0.1f, 0.9f]);
            return StoredModel.Of(ml, ml.Regression.Trainers.TargetPropRegression(options).Fit(flowers), flowers, rows, "Score", "Quantiles");
        },
        ["featurizer-1"] = Featurizer(_ => { }),
        ["featurizer-1-all-layers-raw"] = Featurizer(o => (o.AllLayers, o.StandardizeFeatures, o.Activation) = (true, false, TargetPropActivation.Tanh)),
        ["inpainter-1"] = Inpainter(_ => { }),
        ["inpainter-1-mixture-without-completion"] = Inpainter(o => (o.Prior.Kind, o.Prior.Components, o.Completion.MaxEpochs) = (TargetPropCodePrior.Mixture, 2, 0)),
        ["inpainter-1-laplace-without-completion"] = Inpainter(o => (o.Prior.Kind, o.Completion.MaxEpochs) = (TargetPropCodePrior.Laplace, 0)),
    };

    public static TheoryData<string> Stored => [.. StoredNames];

    public static TheoryData<string> Names => [.. Recipes.Keys];

    [Theory]
    [MemberData(nameof(Stored))]
    public void A_model_of_an_earlier_version_scores_as_it_did_when_it_was_saved(string name)
    {
        StoredModel stored = Read(name);
        MLContext ml = new();

        AssertScores(stored, Models.Load(ml, stored.Zip).Transform(StoredModel.View(ml, stored.Rows)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_of_today_scores_the_same_after_it_was_written_as_text(string name)
    {
        MLContext ml = new(seed: 1);
        StoredModel model = Recipes[name](ml, Rows(gaps: name.StartsWith("inpainter", StringComparison.Ordinal)));

        StoredModel read = StoredModel.Parse(model.ToText());

        Assert.Equal(model.Rows, read.Rows);
        AssertScores(read, Models.Load(ml, read.Zip).Transform(StoredModel.View(ml, read.Rows)));
        if (Environment.GetEnvironmentVariable(FolderVariable) is { } folder && Path.Combine(folder, name + ".txt") is var path && !File.Exists(path))
            File.WriteAllText(path, model.ToText());
    }

    [Fact]
    public void Every_format_version_is_among_the_stored_models()
    {
        Assert.Equal(Recipes.Keys.Order(StringComparer.Ordinal), StoredNames);
        List<(string Signature, int Version)> formats = [];
        foreach (string name in Recipes.Keys)
        {
            formats.Add(Format(Read(name).Zip));
            Assert.Equal(formats[^1].Version, int.Parse(name.Split('-')[1]));
        }

        Assert.Equal([("TPAUTOEN", 1), ("TPCLASSI", 1), ("TPCLASSI", 2), ("TPCLASSI", 3), ("TPGENMOD", 1)], formats.Distinct().Order());
    }

    private static StoredModel Read(string name) => StoredModel.Parse(File.ReadAllText(Path.Combine(Folder, name + ".txt")));

    private static void AssertScores(StoredModel stored, IDataView scored)
    {
        Assert.NotEmpty(stored.Outputs);
        foreach ((string column, float[][] expected) in stored.Outputs)
        {
            float[][] found = StoredModel.Values(scored, column);
            Assert.Equal(expected.Length, found.Length);
            foreach ((float before, float now) in expected.Zip(found).SelectMany(rows => rows.First.Zip(rows.Second)))
                Assert.True(Math.Abs(before - now) <= Tolerance * Math.Max(1, Math.Abs(before)), $"{column} was {before} and is {now}.");
        }
    }

    /// <summary>Signature and format version of the package's stream in a model.</summary>
    private static (string Signature, int Version) Format(byte[] zip)
    {
        string[] streams = ["Network", "GenerativeModel", "Autoencoder"];
        string entry = ModelZip.EntryNames(zip).Select(e => e.Replace('\\', '/')).Single(e => streams.Contains(e.Split('/')[^1]));
        byte[] stream = ModelZip.Read(zip, entry);
        return (Encoding.ASCII.GetString(stream, 0, 8), BinaryPrimitives.ReadInt32LittleEndian(stream.AsSpan(8)));
    }

    private delegate StoredModel Recipe(MLContext ml, float[][] rows);

    private static float[][] Rows(bool gaps)
    {
        float[][] rows = [.. Tables.Flowers(6, seed: 8).Select(f => f.Features)];
        if (gaps)
        {
            for (int i = 0; i < rows.Length; i++)
                rows[i][i % 4] = rows[i][(i + i / 4 + 1) % 4] = float.NaN;
        }

        return rows;
    }

    private static IDataView Train(MLContext ml) => ml.Data.LoadFromEnumerable(Tables.Flowers(60));

    private static Recipe Multiclass(Action<TargetPropMulticlassTrainer.Options> change) => (ml, rows) =>
    {
        IDataView flowers = Models.WithKeys(ml, Train(ml));
        TargetPropMulticlassTrainer.Options options = Small(new TargetPropMulticlassTrainer.Options());
        change(options);
        return StoredModel.Of(ml, ml.MulticlassClassification.Trainers.TargetPropClassifier(options).Fit(flowers), flowers, rows, "Score");
    };

    private static Recipe Binary(Action<TargetPropBinaryTrainer.Options> change) => (ml, rows) =>
    {
        IDataView flowers = ml.Data.LoadFromEnumerable(Tables.Flowers(60).Select(f => new TwoKinds { Label = f.Kind == 20, Features = f.Features }));
        TargetPropBinaryTrainer.Options options = Small(new TargetPropBinaryTrainer.Options());
        change(options);
        return StoredModel.Of(ml, ml.BinaryClassification.Trainers.TargetPropClassifier(options).Fit(flowers), flowers, rows, "Score", "Probability");
    };

    private static Recipe Featurizer(Action<TargetPropFeaturizerEstimator.Options> change) => (ml, rows) =>
    {
        IDataView flowers = Train(ml);
        TargetPropFeaturizerEstimator.Options options = new() { OutputColumnName = "Code", InputColumnName = "Features", HiddenUnits = [5, 3], MaxEpochs = 10, Seed = 1 };
        change(options);
        return StoredModel.Of(ml, ml.Transforms.TargetPropFeaturizer(options).Fit(flowers), flowers, rows, "Code");
    };

    private static Recipe Inpainter(Action<TargetPropInpaintingEstimator.Options> change) => (ml, rows) =>
    {
        IDataView flowers = Train(ml);
        TargetPropInpaintingEstimator.Options options = new()
        {
            OutputColumnName = "Completed",
            InputColumnName = "Features",
            HiddenUnits = [5, 2],
            MaxEpochs = 10,
            Seed = 1,
            Completion = { Rounds = 3, MaxEpochs = 10 },
        };
        Gaps.AllColumns(options);
        change(options);
        return StoredModel.Of(ml, ml.Transforms.TargetPropInpainting(options).Fit(flowers), flowers, rows, "Completed", "Uncertainty", "Objective", "Code");
    };

    private static TOptions Small<TOptions>(TOptions options) where TOptions : TargetPropOptions
    {
        (options.HiddenUnits, options.MaxEpochs, options.Seed, options.LearningRate) = ([4, 3], 20, 1, 0.01);
        return options;
    }

    private sealed class TwoKinds
    {
        public bool Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
