using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp;

namespace Microsoft.ML.TargetProp.Samples.ModelBuilder;

/// <summary>A model that predicts taxi fares, in the layout of Visual Studio's Model Builder. This file trains the model.</summary>
public partial class FareModel
{
    /// <summary>The training file, with the columns <c>distance,minutes,passengers,night,fare</c>.</summary>
    public const string RetrainFilePath = @"artifacts/modelbuilder/fares.csv";

    /// <summary>The separator of the training file.</summary>
    public const char RetrainSeparatorChar = ',';

    /// <summary>Whether the training file starts with the column names.</summary>
    public const bool RetrainHasHeader = true;

    /// <summary>Whether the training file has fields in quotes.</summary>
    public const bool RetrainAllowQuoting = false;

    /// <summary>
    /// Train a new model with the provided dataset.
    /// </summary>
    /// <param name="outputModelPath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.zip".</param>
    /// <param name="inputDataFilePath">Path to the data file for training.</param>
    /// <param name="separatorChar">Separator character for delimited training file.</param>
    /// <param name="hasHeader">Boolean if training file has a header.</param>
    /// <param name="allowQuoting">Boolean if training file has fields in quotes.</param>
    public static void Train(
        string outputModelPath,
        string inputDataFilePath = RetrainFilePath,
        char separatorChar = RetrainSeparatorChar,
        bool hasHeader = RetrainHasHeader,
        bool allowQuoting = RetrainAllowQuoting)
    {
        var mlContext = new MLContext();

        var data = LoadIDataViewFromFile(mlContext, inputDataFilePath, separatorChar, hasHeader, allowQuoting);
        var model = RetrainModel(mlContext, data);
        SaveModel(mlContext, model, data, outputModelPath);
    }

    /// <summary>
    /// Load an IDataView from a file path.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="inputDataFilePath">Path to the data file for training.</param>
    /// <param name="separatorChar">Separator character for delimited training file.</param>
    /// <param name="hasHeader">Boolean if training file has a header.</param>
    /// <param name="allowQuoting">Boolean if training file has fields in quotes.</param>
    /// <returns>IDataView with loaded training data.</returns>
    public static IDataView LoadIDataViewFromFile(
        MLContext mlContext, string inputDataFilePath, char separatorChar, bool hasHeader, bool allowQuoting)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return mlContext.Data.LoadFromTextFile<ModelInput>(inputDataFilePath, separatorChar, hasHeader, allowQuoting: allowQuoting);
    }

    /// <summary>
    /// Save a model at the specified path.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="model">Model to save.</param>
    /// <param name="data">IDataView used to train the model.</param>
    /// <param name="modelSavePath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.zip".</param>
    public static void SaveModel(MLContext mlContext, ITransformer model, IDataView data, string modelSavePath)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(data);

        // Pull the data schema from the IDataView used for training the model
        DataViewSchema dataViewSchema = data.Schema;

        using (var fs = File.Create(modelSavePath))
        {
            mlContext.Model.Save(model, dataViewSchema, fs);
        }
    }

    /// <summary>
    /// Retrain model using the pipeline generated as part of the training process.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="trainData">Rows to train on.</param>
    /// <returns>The trained model.</returns>
    public static ITransformer RetrainModel(MLContext mlContext, IDataView trainData)
    {
        var pipeline = BuildPipeline(mlContext);
        var model = pipeline.Fit(trainData);

        return model;
    }

    /// <summary>
    /// Build the pipeline that is used from Model Builder. Use this function to retrain model.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <returns>The pipeline, untrained.</returns>
    public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);

        // Data process configuration with pipeline data transformations. To use target propagation in your own model, replace the
        // trainer that Model Builder chose with the line of TargetPropRegression. The trainer normalizes its features and its label.
        // Quantiles may be left out; the model then predicts the fare alone.
        var pipeline = mlContext.Transforms.Concatenate(@"Features", @"distance", @"minutes", @"passengers", @"night")
            .Append(mlContext.Regression.Trainers.TargetPropRegression(new TargetPropRegressionTrainer.Options() { LabelColumnName = @"fare", FeatureColumnName = @"Features", Quantiles = [0.05f, 0.95f] }));

        return pipeline;
    }
}
