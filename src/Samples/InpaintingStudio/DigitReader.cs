using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>A classifier that has learned from whole digits: what it reads in a completed one tells whether the completion is a digit, and which.</summary>
/// <param name="mlContext">The context that it was trained in.</param>
/// <param name="model">The classifier.</param>
internal sealed class DigitReader(MLContext mlContext, ITransformer model)
{
    /// <summary>Trains the library's own classifier.</summary>
    /// <param name="digits">Whole digits.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="epochs">Passes over the digits.</param>
    /// <param name="onEpoch">Told of every epoch.</param>
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

    /// <summary>The part of the pictures, rows of ink in [0, 1], that is read as the digits they are of.</summary>
    public double PartRead(IReadOnlyList<float[]> pictures, DigitSet digits)
    {
        IDataView rows = mlContext.Data.LoadFromEnumerable(pictures.Select(ink => new DigitRow { Features = ink, Label = "0" }));
        return model.Transform(rows).GetColumn<string>("PredictedLabel").Where((answer, i) => answer == digits.LabelName(i)).Count() / (double)pictures.Count;
    }
}
