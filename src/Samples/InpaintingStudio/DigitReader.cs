using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>A classifier trained on whole digits. Its accuracy on completed digits measures the completions.</summary>
/// <param name="mlContext">The context of the training.</param>
/// <param name="model">The trained pipeline.</param>
internal sealed class DigitReader(MLContext mlContext, ITransformer model)
{
    /// <summary>Trains the classifier of this library on whole digits.</summary>
    /// <param name="digits">The training digits.</param>
    /// <param name="seed">Seed of all random numbers.</param>
    /// <param name="epochs">Passes over the digits.</param>
    /// <param name="onEpoch">Called after each epoch.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    public static DigitReader Train(DigitSet digits, int seed, int epochs, Action<TargetPropEpochMetrics> onEpoch, CancellationToken cancellationToken)
    {
        MLContext mlContext = new(seed);
        TargetPropMulticlassTrainer.Options options = new() { MaxEpochs = epochs, EpochCallback = onEpoch, CancellationToken = cancellationToken };
        EstimatorChain<KeyToValueMappingTransformer> pipeline = mlContext.Transforms.Conversion
            .MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(mlContext.MulticlassClassification.Trainers.TargetPropClassifier(options))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        return new DigitReader(mlContext, pipeline.Fit(digits.ToDataView(mlContext)));
    }

    /// <summary>The fraction of the pictures, with ink in [0, 1], that are classified as their true digit.</summary>
    public double PartRead(IReadOnlyList<float[]> pictures, DigitSet digits)
    {
        IDataView rows = mlContext.Data.LoadFromEnumerable(pictures.Select(ink => new DigitRow { Features = ink, Label = "0" }));
        return model.Transform(rows).GetColumn<string>("PredictedLabel").Where((answer, i) => answer == digits.LabelName(i)).Count() / (double)pictures.Count;
    }
}
