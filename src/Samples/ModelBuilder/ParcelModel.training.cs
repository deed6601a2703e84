using Microsoft.ML;
using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.ModelBuilder;

/// <summary>A model that imputes missing measures of parcels, in the layout of Visual Studio's Model Builder. This file trains the model.</summary>
public partial class ParcelModel
{
    /// <summary>The training file, with the columns <c>length,width,height,weight</c>. A missing measure is an empty field.</summary>
    public const string RetrainFilePath = @"artifacts/modelbuilder/parcels.csv";

    /// <summary>
    /// Train a new model with the provided dataset.
    /// </summary>
    /// <param name="outputModelPath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.zip".</param>
    /// <param name="inputDataFilePath">Path to the data file for training.</param>
    public static void Train(string outputModelPath, string inputDataFilePath = RetrainFilePath)
    {
        var mlContext = new MLContext();

        var data = LoadIDataViewFromFile(mlContext, inputDataFilePath);
        var model = RetrainModel(mlContext, data);
        mlContext.Model.Save(model, data.Schema, outputModelPath);
    }

    /// <summary>
    /// Load an IDataView from a file path.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="inputDataFilePath">Path to the data file for training.</param>
    /// <returns>IDataView with loaded training data.</returns>
    public static IDataView LoadIDataViewFromFile(MLContext mlContext, string inputDataFilePath)
    {
        ArgumentNullException.ThrowIfNull(mlContext);

        // Without MissingRealsAsNaNs an empty field would be read as 0.
        return mlContext.Data.LoadFromTextFile<ModelInput>(
            inputDataFilePath, new TextLoader.Options { Separators = [','], HasHeader = true, MissingRealsAsNaNs = true });
    }

    /// <summary>
    /// Retrain model using the pipeline generated as part of the training process.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="trainData">Rows to train on.</param>
    /// <returns>The trained model.</returns>
    public static ITransformer RetrainModel(MLContext mlContext, IDataView trainData)
    {
        return BuildPipeline(mlContext).Fit(trainData);
    }

    /// <summary>
    /// Build the pipeline that is used from Model Builder. Use this function to retrain model.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <returns>The pipeline, untrained.</returns>
    public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);

        // To use target propagation in your own model, replace ReplaceMissingValues in Model Builder's code with the line of
        // TargetPropInpainting. The estimator normalizes its columns.
        return mlContext.Transforms.Concatenate(@"Measures", @"length", @"width", @"height", @"weight")
            .Append(mlContext.Transforms.TargetPropInpainting(@"Completed", @"Measures", uncertaintyColumnName: @"Uncertainty"));
    }
}
