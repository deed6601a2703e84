using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>A classifier trained on whole digits, which reads the digits that a model has drawn.</summary>
internal sealed class DigitReader
{
    private readonly MLContext _mlContext;
    private readonly ITransformer _model;

    private DigitReader(MLContext mlContext, ITransformer model)
    {
        (_mlContext, _model) = (mlContext, model);
    }

    /// <summary>Trains this library's classifier.</summary>
    public static DigitReader Train(DigitSet digits, int seed, int epochs, Action<TargetPropEpochMetrics> onEpoch)
    {
        MLContext mlContext = new(seed);
        TargetPropMulticlassTrainer trainer = mlContext.MulticlassClassification.Trainers.TargetPropClassifier(
            new TargetPropMulticlassTrainer.Options { FeatureColumnName = "Features", MaxEpochs = epochs, EpochCallback = onEpoch });
        IDataView rows = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, digits.Count).Select(i => Row(digits.Image(i).ToArray(), digits.LabelName(i))));
        return new DigitReader(mlContext, mlContext.Transforms.Conversion.MapValueToKey("Label").Append(trainer).Fit(rows));
    }

    /// <summary>The part of the pictures, with pixels in [0, 1], that is read correctly.</summary>
    public double Accuracy(float[,] pictures, DigitSet digits)
    {
        byte[] Image(int row) => [.. Enumerable.Range(0, DigitSet.PixelCount).Select(c => (byte)Math.Round(255 * Math.Clamp(pictures[row, c], 0, 1)))];
        IDataView rows = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, pictures.GetLength(0)).Select(i => Row(Image(i), digits.LabelName(i))));
        return 1 - ClassifierScore.Of(_model.Transform(rows)).Error;
    }

    private static Pixelled Row(byte[] image, string label) => new() { Features = Array.ConvertAll(image, p => (float)p), Label = label };

    private sealed class Pixelled
    {
        [VectorType(DigitSet.PixelCount)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }
}
