using Microsoft.ML;
using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.ModelBuilder;

/// <summary>A model that predicts taxi fares, in the layout of Visual Studio's Model Builder. This file makes predictions.</summary>
public partial class FareModel
{
    /// <summary>
    /// Model input class for FareModel.
    /// </summary>
    #region model input class
    public class ModelInput
    {
        /// <summary>Distance in kilometres.</summary>
        [LoadColumn(0)]
        [ColumnName(@"distance")]
        public float Distance { get; set; }

        /// <summary>Duration in minutes.</summary>
        [LoadColumn(1)]
        [ColumnName(@"minutes")]
        public float Minutes { get; set; }

        /// <summary>Number of passengers.</summary>
        [LoadColumn(2)]
        [ColumnName(@"passengers")]
        public float Passengers { get; set; }

        /// <summary>1 at night, otherwise 0.</summary>
        [LoadColumn(3)]
        [ColumnName(@"night")]
        public float Night { get; set; }

        /// <summary>The fare in euros, which the model predicts.</summary>
        [LoadColumn(4)]
        [ColumnName(@"fare")]
        public float Fare { get; set; }
    }

    #endregion

    /// <summary>
    /// Model output class for FareModel.
    /// </summary>
    #region model output class
    public class ModelOutput
    {
        /// <summary>The features that the model reads.</summary>
        [ColumnName(@"Features")]
        public float[] Features { get; set; } = [];

        /// <summary>The predicted fare in euros.</summary>
        [ColumnName(@"Score")]
        public float Score { get; set; }

        /// <summary>The lower and the upper end of an interval that holds nine of ten fares.</summary>
        [ColumnName(@"Quantiles")]
        public float[] Quantiles { get; set; } = [];
    }

    #endregion

    /// <summary>The path of the model file. To use another file, set it before the first prediction.</summary>
    public static string MLNetModelPath { get; set; } = Path.GetFullPath(@"artifacts/modelbuilder/FareModel.zip");

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
    /// Use this method to predict on <see cref="ModelInput"/>.
    /// </summary>
    /// <param name="input">Model input.</param>
    /// <returns><seealso cref="ModelOutput"/></returns>
    public static ModelOutput Predict(ModelInput input)
    {
        return PredictEngine.Value.Predict(input);
    }
}
