using Microsoft.ML;
using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.ModelBuilder;

/// <summary>A model that imputes missing measures of parcels, in the layout of Visual Studio's Model Builder. This file makes predictions.</summary>
public partial class ParcelModel
{
    /// <summary>
    /// Model input class for ParcelModel. A missing measure is <see cref="float.NaN"/>.
    /// </summary>
    #region model input class
    public class ModelInput
    {
        /// <summary>Length in centimetres.</summary>
        [LoadColumn(0)]
        [ColumnName(@"length")]
        public float Length { get; set; } = float.NaN;

        /// <summary>Width in centimetres.</summary>
        [LoadColumn(1)]
        [ColumnName(@"width")]
        public float Width { get; set; } = float.NaN;

        /// <summary>Height in centimetres.</summary>
        [LoadColumn(2)]
        [ColumnName(@"height")]
        public float Height { get; set; } = float.NaN;

        /// <summary>Weight in kilograms.</summary>
        [LoadColumn(3)]
        [ColumnName(@"weight")]
        public float Weight { get; set; } = float.NaN;
    }

    #endregion

    /// <summary>
    /// Model output class for ParcelModel.
    /// </summary>
    #region model output class
    public class ModelOutput
    {
        /// <summary>Length, width, height and weight of the input; NaN for a missing measure.</summary>
        [ColumnName(@"Measures")]
        public float[] Measures { get; set; } = [];

        /// <summary>Length, width, height and weight with the missing measures imputed.</summary>
        [ColumnName(@"Completed")]
        public float[] Completed { get; set; } = [];

        /// <summary>Standard deviation of each imputed measure; 0 for a given measure.</summary>
        [ColumnName(@"Uncertainty")]
        public float[] Uncertainty { get; set; } = [];
    }

    #endregion

    /// <summary>The path of the model file. To use another file, set it before the first prediction.</summary>
    public static string MLNetModelPath { get; set; } = Path.GetFullPath(@"artifacts/modelbuilder/ParcelModel.zip");

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
    /// Use this method to impute the missing measures of <see cref="ModelInput"/>.
    /// </summary>
    /// <param name="input">Model input.</param>
    /// <returns><seealso cref="ModelOutput"/></returns>
    public static ModelOutput Predict(ModelInput input)
    {
        return PredictEngine.Value.Predict(input);
    }
}
