using Microsoft.ML;
using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.ModelBuilder;

/// <summary>A classifier of handwritten digits in the layout of Visual Studio's Model Builder. This file makes predictions.</summary>
public partial class DigitModel
{
    /// <summary>
    /// Model input class for DigitModel.
    /// </summary>
    #region model input class
    public class ModelInput
    {
        /// <summary>The digit, "0" to "9".</summary>
        [LoadColumn(0)]
        [ColumnName(@"label")]
        public string Label { get; set; } = "";

        /// <summary>The 28 × 28 pixels, line by line, from 0 to 255: the columns pixel0 to pixel783.</summary>
        [LoadColumn(1, 784)]
        [ColumnName(@"pixels")]
        [VectorType(784)]
        public float[] Pixels { get; set; } = [];
    }

    #endregion

    /// <summary>
    /// Model output class for DigitModel.
    /// </summary>
    #region model output class
    public class ModelOutput
    {
        /// <summary>The label as a key; 0 if the model does not know the label of the input.</summary>
        [ColumnName(@"label")]
        public uint Label { get; set; }

        /// <summary>The features that the classifier reads.</summary>
        [ColumnName(@"Features")]
        public float[] Features { get; set; } = [];

        /// <summary>The predicted digit.</summary>
        [ColumnName(@"PredictedLabel")]
        public string PredictedLabel { get; set; } = "";

        /// <summary>The probability of each label, in the order of <see cref="GetLabels"/>.</summary>
        [ColumnName(@"Score")]
        public float[] Score { get; set; } = [];
    }

    #endregion

    /// <summary>The path of the model file. To use another file, set it before the first prediction.</summary>
    public static string MLNetModelPath { get; set; } = Path.GetFullPath(@"artifacts/modelbuilder/DigitModel.zip");

    /// <summary>
    /// Loads the model at the first prediction. A prediction engine is not thread-safe. In web applications, use
    /// PredictionEnginePool of Microsoft.Extensions.ML.
    /// </summary>
    public static readonly Lazy<PredictionEngine<ModelInput, ModelOutput>> PredictEngine =
        new Lazy<PredictionEngine<ModelInput, ModelOutput>>(() => CreatePredictEngine(), true);

    private static PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine()
    {
        var mlContext = new MLContext();
        ITransformer mlModel = mlContext.Model.Load(MLNetModelPath, out var _);
        return mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(mlModel);
    }

    /// <summary>
    /// Use this method to predict scores for all possible labels.
    /// </summary>
    /// <param name="input">Model input.</param>
    /// <returns>Labels with their scores, highest first.</returns>
    public static IOrderedEnumerable<KeyValuePair<string, float>> PredictAllLabels(ModelInput input)
    {
        var result = PredictEngine.Value.Predict(input);
        return GetSortedScoresWithLabels(result);
    }

    /// <summary>
    /// Map the unlabeled result score array to the predicted label names.
    /// </summary>
    /// <param name="result">Prediction to get the labeled scores from.</param>
    /// <returns>Ordered list of label and score.</returns>
    public static IOrderedEnumerable<KeyValuePair<string, float>> GetSortedScoresWithLabels(ModelOutput result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return GetLabels(result).Zip(result.Score, KeyValuePair.Create).OrderByDescending(pair => pair.Value);
    }

    /// <summary>
    /// Get the ordered label names.
    /// </summary>
    /// <param name="result">Predicted result to get the labels from.</param>
    /// <returns>List of labels, in the order of <see cref="ModelOutput.Score"/>.</returns>
    private static IEnumerable<string> GetLabels(ModelOutput result)
    {
        var schema = PredictEngine.Value.OutputSchema;

        var labelColumn = schema.GetColumnOrNull(@"label")
            ?? throw new InvalidOperationException("label column not found. Make sure the name searched for matches the name in the schema.");

        // The key values are the labels in the order of the scores.
        var keyNames = new VBuffer<ReadOnlyMemory<char>>();
        labelColumn.GetKeyValues(ref keyNames);
        return keyNames.DenseValues().Select(x => x.ToString());
    }

    /// <summary>
    /// Use this method to predict on <see cref="ModelInput"/>.
    /// </summary>
    /// <param name="input">Model input.</param>
    /// <returns><seealso cref="ModelOutput"/></returns>
    public static ModelOutput Predict(ModelInput input)
    {
        return PredictEngine.Value.Predict(input);
    }
}
