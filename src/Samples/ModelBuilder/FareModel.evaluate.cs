using Microsoft.ML;
using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.ModelBuilder;

/// <summary>A model that predicts taxi fares, in the layout of Visual Studio's Model Builder. This file evaluates the model.</summary>
public partial class FareModel
{
    /// <summary>
    /// Measure the model on rows that it was not trained on.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="testData">IDataView used to evaluate the model.</param>
    /// <param name="model">Model to evaluate.</param>
    /// <param name="labelColumnName">Label column being predicted.</param>
    /// <returns>R², mean absolute error and root mean squared error.</returns>
    public static RegressionMetrics Evaluate(MLContext mlContext, IDataView testData, ITransformer model, string labelColumnName)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(model);
        return mlContext.Regression.Evaluate(model.Transform(testData), labelColumnName: labelColumnName);
    }

    /// <summary>
    /// Permutation feature importance (PFI) is a technique to determine the importance
    /// of features in a trained machine learning model. PFI works by taking a labeled dataset,
    /// choosing a feature, and permuting the values for that feature across all the examples,
    /// so that each example now has a random value for the feature and the original values for all other features.
    /// The evaluation metric (here R-squared) is then calculated for this modified dataset,
    /// and the change in the evaluation metric from the original dataset is computed.
    /// The larger the change in the evaluation metric, the more important the feature is to the model.
    ///
    /// PFI typically takes a long time to compute, as the evaluation metric is calculated
    /// many times to determine the importance of each feature.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="trainData">IDataView used to evaluate the model.</param>
    /// <param name="model">Model to evaluate.</param>
    /// <param name="labelColumnName">Label column being predicted.</param>
    /// <returns>A list of each feature and its importance, most important first.</returns>
    public static List<Tuple<string, double>> CalculatePFI(MLContext mlContext, IDataView trainData, ITransformer model, string labelColumnName)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(model);
        var preprocessedTrainData = model.Transform(trainData);

        var permutationFeatureImportance = mlContext.Regression
            .PermutationFeatureImportance(model, preprocessedTrainData, labelColumnName: labelColumnName);

        var featureImportanceMetrics = permutationFeatureImportance
            .Select((kvp) => new { kvp.Key, kvp.Value.RSquared })
            .OrderByDescending(myFeatures => Math.Abs(myFeatures.RSquared.Mean));

        var featurePFI = new List<Tuple<string, double>>();
        foreach (var feature in featureImportanceMetrics)
        {
            var pfiValue = Math.Abs(feature.RSquared.Mean);
            featurePFI.Add(new Tuple<string, double>(feature.Key, pfiValue));
        }

        return featurePFI;
    }
}
