using System.Text;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp.Tests.Support;

using BinaryModel = CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>;

/// <summary>Small networks that train in a fraction of a second, and their saved form.</summary>
internal static class Models
{
    /// <summary>Options for a small multiclass network.</summary>
    public static TargetPropMulticlassTrainer.Options Small(int epochs = 10, int? seed = 1) => new()
    {
        HiddenUnits = [16, 16],
        MaxEpochs = epochs,
        Seed = seed,
        LearningRate = 0.003,
        Feedback = { LearningRate = 0.003 },
        Members = 1,
        WeightDecay = 0,
        Dropout = 0,
        InputDropout = 0,
    };

    /// <summary>Options for a small binary network.</summary>
    public static TargetPropBinaryTrainer.Options SmallBinary(int epochs = 10, int? seed = 1) => new()
    {
        HiddenUnits = [16, 16],
        MaxEpochs = epochs,
        Seed = seed,
        LearningRate = 0.003,
        Feedback = { LearningRate = 0.003 },
        Members = 1,
        WeightDecay = 0,
        Dropout = 0,
        InputDropout = 0,
    };

    public static TargetPropMulticlassTrainer.Options With(this TargetPropMulticlassTrainer.Options options, Action<TargetPropMulticlassTrainer.Options> change)
    {
        change(options);
        return options;
    }

    public static TargetPropBinaryTrainer.Options With(this TargetPropBinaryTrainer.Options options, Action<TargetPropBinaryTrainer.Options> change)
    {
        change(options);
        return options;
    }

    /// <summary>The rows with key labels, in the order setosa, versicolor, virginica.</summary>
    public static IDataView WithKeys(MLContext ml, IDataView flowers, string column = "Label") =>
        ml.Transforms.Conversion.MapValueToKey(column).Fit(flowers).Transform(flowers);

    public static IDataView FlowersWithKeys(MLContext ml, int rows = 150, int seed = 1) =>
        WithKeys(ml, ml.Data.LoadFromEnumerable(Tables.Flowers(rows, seed)));

    public static IDataView Moons(MLContext ml, int rows = 200, int seed = 1) => ml.Data.LoadFromEnumerable(Tables.Moons(rows, seed));

    /// <summary>The pipeline of the README, from text label to text prediction.</summary>
    public static IEstimator<ITransformer> TextPipeline(MLContext ml, TargetPropMulticlassTrainer.Options options) =>
        ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.MulticlassClassification.Trainers.TargetPropClassifier(options))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    /// <summary>The saved network: shape, standardization, forward and feedback weights.</summary>
    public static byte[] Bytes(this TargetPropMulticlassTransformer transformer) => Bytes(transformer.Model.Classifier);

    /// <inheritdoc cref="Bytes(TargetPropMulticlassTransformer)"/>
    public static byte[] Bytes(this BinaryPredictionTransformer<BinaryModel> transformer) => Bytes(transformer.Model.SubModel.Classifier);

    /// <inheritdoc cref="Bytes(TargetPropMulticlassTransformer)"/>
    public static byte[] Bytes(this TargetPropRegressionTransformer transformer) => Bytes(transformer.Model.Classifier);

    /// <summary>The bytes that <c>Model.Save</c> writes.</summary>
    public static byte[] Zip(MLContext ml, ITransformer model, DataViewSchema? inputSchema)
    {
        using var stream = new MemoryStream();
        ml.Model.Save(model, inputSchema, stream);
        return stream.ToArray();
    }

    public static ITransformer Load(MLContext ml, byte[] zip) => Load(ml, zip, out _);

    public static ITransformer Load(MLContext ml, byte[] zip, out DataViewSchema inputSchema)
    {
        using var stream = new MemoryStream(zip);
        return ml.Model.Load(stream, out inputSchema);
    }

    /// <summary>The parameters of a trained or a loaded binary transformer. ML.NET uses different types for the two.</summary>
    public static TargetPropBinaryModelParameters BinaryParameters(ITransformer transformer)
    {
        object model = transformer.GetType().GetProperty("Model")!.GetValue(transformer)!;
        return Assert.IsType<TargetPropBinaryModelParameters>(((CalibratedModelParametersBase)model).SubModel);
    }

    private static byte[] Bytes(ClassifierModel model)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        NetworkArchive.Write(writer, model.Members);
        writer.Flush();
        return stream.ToArray();
    }
}
