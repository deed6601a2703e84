using Microsoft.ML;

namespace Microsoft.ML.TargetProp.Samples.ModelBuilder;

/// <summary>A model that imputes missing measures of parcels, in the layout of Visual Studio's Model Builder. This file evaluates the model.</summary>
public partial class ParcelModel
{
    /// <summary>
    /// Hides the known weights of rows that the model was not trained on, imputes them, and measures the error.
    /// </summary>
    /// <param name="mlContext">The common context for all ML.NET operations.</param>
    /// <param name="testData">IDataView used to evaluate the model.</param>
    /// <param name="model">Model to evaluate.</param>
    /// <returns>Root mean squared error in kilograms, of the model and of imputing the mean weight.</returns>
    public static (double Model, double Mean) Evaluate(MLContext mlContext, IDataView testData, ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(model);

        var rows = mlContext.Data.CreateEnumerable<ModelInput>(testData, reuseRowObject: false).Where(row => !float.IsNaN(row.Weight)).ToArray();
        var weights = rows.Select(row => row.Weight).ToArray();
        foreach (var row in rows)
        {
            row.Weight = float.NaN;
        }

        var completed = mlContext.Data.CreateEnumerable<ModelOutput>(model.Transform(mlContext.Data.LoadFromEnumerable(rows)), reuseRowObject: false);
        double mean = weights.Average();
        return (
            Math.Sqrt(completed.Zip(weights, (row, weight) => Math.Pow(row.Completed[3] - weight, 2)).Average()),
            Math.Sqrt(weights.Average(weight => Math.Pow(mean - weight, 2))));
    }
}
