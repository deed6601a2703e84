using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>Models for scoring. They are trained for one epoch only, because training does not change the speed of scoring.</summary>
internal static class TrainedModels
{
    private const int Rows = 300;

    /// <summary>A typical pipeline on digits: text label to key, the network, key to text.</summary>
    public static ITransformer Digits(MLContext mlContext, NetShape net) =>
        Pipeline(mlContext, mlContext.MulticlassClassification.Trainers.TargetPropClassifier(hiddenUnits: net.Hidden, maxEpochs: 1));

    /// <summary>The same pipeline with ML.NET's linear model.</summary>
    public static ITransformer LinearDigits(MLContext mlContext) =>
        Pipeline(mlContext, mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 1));

    /// <summary>Saves a model that scores digits.</summary>
    public static void Save(MLContext mlContext, ITransformer model, string path) =>
        mlContext.Model.Save(model, DrawnDigits.Draw(DigitSet.ClassCount).ToDataView(mlContext).Schema, path);

    private static TransformerChain<KeyToValueMappingTransformer> Pipeline<T>(MLContext mlContext, IEstimator<T> trainer)
        where T : class, ITransformer => mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(trainer)
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(DrawnDigits.Draw(Rows).ToDataView(mlContext));
}
