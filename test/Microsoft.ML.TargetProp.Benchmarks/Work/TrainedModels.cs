using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>Models to score with. They have hardly been trained: that changes nothing of their speed.</summary>
internal static class TrainedModels
{
    private const int Rows = 300;

    /// <summary>A pipeline as programs have it: text label to key, the network, key to text; on digits.</summary>
    public static ITransformer Digits(MLContext mlContext, NetShape net) =>
        Pipeline(mlContext, mlContext.MulticlassClassification.Trainers.TargetPropClassifier(hiddenUnits: net.Hidden, maxEpochs: 1));

    /// <summary>The same with ML.NET's linear model in the network's place.</summary>
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
