using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;

namespace Microsoft.ML;

/// <summary>
/// Extension methods that create target propagation trainers and transforms from an <see cref="MLContext"/>'s catalogs.
/// </summary>
public static class TargetPropCatalog
{
    /// <summary>
    /// Creates a <see cref="TargetPropMulticlassTrainer"/>: a deep network that predicts one of several classes, trained by difference target
    /// propagation.
    /// </summary>
    /// <param name="catalog">The multiclass classification trainers.</param>
    /// <param name="labelColumnName">The label column: a key (see <c>MapValueToKey</c>).</param>
    /// <param name="featureColumnName">The feature column: a known-size vector of <see cref="float"/>. It needs no normalisation.</param>
    /// <param name="exampleWeightColumnName">The weight column: <see cref="float"/>, 0 or more. Null: all rows count alike.</param>
    /// <param name="hiddenUnits">Number of units in each hidden layer, 1 to 50 layers. Null: chosen by the number of training rows.</param>
    /// <param name="maxEpochs">The most passes over the training rows. Null: chosen by their number.</param>
    /// <param name="batchSize">Number of rows in a mini-batch. Null: chosen by the number of training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.MulticlassClassification.Trainers.TargetPropClassifier())
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// var model = pipeline.Fit(trainData);
    /// mlContext.Model.Save(model, trainData.Schema, "model.zip");
    /// </code>
    /// </example>
    public static TargetPropMulticlassTrainer TargetPropClassifier(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int[]? hiddenUnits = null,
        int? maxEpochs = null,
        int? batchSize = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return catalog.TargetPropClassifier(
            Options<TargetPropMulticlassTrainer.Options>(labelColumnName, featureColumnName, exampleWeightColumnName, hiddenUnits, maxEpochs, batchSize));
    }

    /// <summary>Creates a <see cref="TargetPropMulticlassTrainer"/> from options: a deep network that predicts one of several classes.</summary>
    /// <param name="catalog">The multiclass classification trainers.</param>
    /// <param name="options">The options; docs/options.md lists them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var trainer = mlContext.MulticlassClassification.Trainers.TargetPropClassifier(new TargetPropMulticlassTrainer.Options
    /// {
    ///     HiddenUnits = [240, 240, 240],
    ///     MaxEpochs = 30,
    ///     ValidationFraction = 0.1,
    ///     EarlyStoppingPatience = 5,
    ///     EpochCallback = epoch => Console.WriteLine($"{epoch.Epoch}: {epoch.ValidationLoss}"),
    /// });
    /// </code>
    /// </example>
    public static TargetPropMulticlassTrainer TargetPropClassifier(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TargetPropMulticlassTrainer.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return new(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates a <see cref="TargetPropBinaryTrainer"/>: a deep network that tells two classes apart, trained by difference target propagation.
    /// </summary>
    /// <param name="catalog">The binary classification trainers.</param>
    /// <param name="labelColumnName">The label column: <see cref="bool"/>.</param>
    /// <param name="featureColumnName">The feature column: a known-size vector of <see cref="float"/>. It needs no normalisation.</param>
    /// <param name="exampleWeightColumnName">The weight column: <see cref="float"/>, 0 or more. Null: all rows count alike.</param>
    /// <param name="hiddenUnits">Number of units in each hidden layer, 1 to 50 layers. Null: chosen by the number of training rows.</param>
    /// <param name="maxEpochs">The most passes over the training rows. Null: chosen by their number.</param>
    /// <param name="batchSize">Number of rows in a mini-batch. Null: chosen by the number of training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var model = mlContext.BinaryClassification.Trainers.TargetPropClassifier().Fit(trainData);
    /// var metrics = mlContext.BinaryClassification.Evaluate(model.Transform(testData));
    /// </code>
    /// </example>
    public static TargetPropBinaryTrainer TargetPropClassifier(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int[]? hiddenUnits = null,
        int? maxEpochs = null,
        int? batchSize = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return catalog.TargetPropClassifier(
            Options<TargetPropBinaryTrainer.Options>(labelColumnName, featureColumnName, exampleWeightColumnName, hiddenUnits, maxEpochs, batchSize));
    }

    /// <summary>Creates a <see cref="TargetPropBinaryTrainer"/> from options: a deep network that tells two classes apart.</summary>
    /// <param name="catalog">The binary classification trainers.</param>
    /// <param name="options">The options; docs/options.md lists them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value and the range.</exception>
    public static TargetPropBinaryTrainer TargetPropClassifier(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, TargetPropBinaryTrainer.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return new(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates a <see cref="TargetPropRegressionTrainer"/>: a deep network that predicts a number, trained by difference target propagation.
    /// </summary>
    /// <param name="catalog">The regression trainers.</param>
    /// <param name="labelColumnName">The label column: <see cref="float"/>, in any units.</param>
    /// <param name="featureColumnName">The feature column: a known-size vector of <see cref="float"/>. It needs no normalisation.</param>
    /// <param name="exampleWeightColumnName">The weight column: <see cref="float"/>, 0 or more. Null: all rows count alike.</param>
    /// <param name="hiddenUnits">Number of units in each hidden layer, 1 to 50 layers. Null: chosen by the number of training rows.</param>
    /// <param name="maxEpochs">The most passes over the training rows. Null: chosen by their number.</param>
    /// <param name="batchSize">Number of rows in a mini-batch. Null: chosen by the number of training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var model = mlContext.Regression.Trainers.TargetPropRegression().Fit(trainData);
    /// var metrics = mlContext.Regression.Evaluate(model.Transform(testData));
    /// </code>
    /// </example>
    public static TargetPropRegressionTrainer TargetPropRegression(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int[]? hiddenUnits = null,
        int? maxEpochs = null,
        int? batchSize = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return catalog.TargetPropRegression(
            Options<TargetPropRegressionTrainer.Options>(labelColumnName, featureColumnName, exampleWeightColumnName, hiddenUnits, maxEpochs, batchSize));
    }

    /// <summary>Creates a <see cref="TargetPropRegressionTrainer"/> from options: a deep network that predicts a number and its quantiles.</summary>
    /// <param name="catalog">The regression trainers.</param>
    /// <param name="options">The options; docs/options.md lists them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var trainer = mlContext.Regression.Trainers.TargetPropRegression(new TargetPropRegressionTrainer.Options
    /// {
    ///     Loss = TargetPropRegressionLoss.Huber,
    ///     Quantiles = [0.05f, 0.5f, 0.95f],
    /// });
    /// </code>
    /// </example>
    public static TargetPropRegressionTrainer TargetPropRegression(
        this RegressionCatalog.RegressionTrainers catalog, TargetPropRegressionTrainer.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return new(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates a <see cref="TargetPropInpaintingEstimator"/>: it learns a deep generative model of a vector column and fills in the missing entries
    /// (<see cref="float.NaN"/>). It imputes the gaps of a table and inpaints the holes of a picture.
    /// </summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="outputColumnName">The column of completed vectors.</param>
    /// <param name="inputColumnName">
    /// The column to complete: a known-size vector of <see cref="float"/>. Null: the same as <paramref name="outputColumnName"/>.
    /// </param>
    /// <param name="output">What missing entries are filled with: the expected value, for tables, or a sample, for pictures.</param>
    /// <param name="uncertaintyColumnName">A column for the standard deviation of every filled entry. Null: none.</param>
    /// <param name="objectiveColumnName">A column for the objective: how well the model explains each row. A low value is an anomaly. Null: none.</param>
    /// <param name="hiddenUnits">Number of units in each hidden layer, 1 to 50 layers. Null: chosen by the number of training rows.</param>
    /// <param name="maxEpochs">The most passes over the training rows. Null: chosen by their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Concatenate("Measures", "SepalLength", "SepalWidth", "PetalLength", "PetalWidth")
    ///     .Append(mlContext.Transforms.TargetPropInpainting("Features", "Measures"))
    ///     .Append(mlContext.Transforms.Conversion.MapValueToKey("Label"))
    ///     .Append(mlContext.MulticlassClassification.Trainers.TargetPropClassifier());
    /// var model = pipeline.Fit(trainDataWithGaps);
    /// </code>
    /// </example>
    public static TargetPropInpaintingEstimator TargetPropInpainting(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName = null,
        TargetPropInpaintingOutput output = TargetPropInpaintingOutput.ExpectedValue,
        string? uncertaintyColumnName = null,
        string? objectiveColumnName = null,
        int[]? hiddenUnits = null,
        int? maxEpochs = null) => catalog.TargetPropInpainting(new TargetPropInpaintingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Output = output,
            UncertaintyColumnName = uncertaintyColumnName,
            ObjectiveColumnName = objectiveColumnName,
            HiddenUnits = hiddenUnits,
            MaxEpochs = maxEpochs,
        });

    /// <summary>
    /// Creates a <see cref="TargetPropInpaintingEstimator"/> from options: it imputes the gaps of a table and inpaints the holes of a picture.
    /// </summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="options">The options; docs/options.md lists them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var estimator = mlContext.Transforms.TargetPropInpainting(new TargetPropInpaintingEstimator.Options
    /// {
    ///     InputColumnName = "Pixels",
    ///     OutputColumnName = "Completed",
    ///     Output = TargetPropInpaintingOutput.Sample,
    ///     ValidationFraction = 0.1,
    ///     EpochCallback = epoch => Console.WriteLine($"{epoch.Epoch}: {epoch.ValidationError}"),
    /// });
    /// var transformer = estimator.Fit(pictures);
    /// float[][] drawn = transformer.Model.Sample(count: 10, seed: 1);
    /// </code>
    /// </example>
    public static TargetPropInpaintingEstimator TargetPropInpainting(this TransformsCatalog catalog, TargetPropInpaintingEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return new(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates a <see cref="TargetPropFeaturizerEstimator"/>: it learns features of a vector column without labels and replaces every vector by its
    /// code. The model is a stacked auto-encoder that is trained without back-propagation.
    /// </summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="outputColumnName">The column of codes.</param>
    /// <param name="inputColumnName">
    /// The column to encode: a known-size vector of <see cref="float"/>. Null: the same as <paramref name="outputColumnName"/>.
    /// </param>
    /// <param name="hiddenUnits">Number of units in each layer of codes, 1 to 50 layers. Null: chosen by the number of training rows.</param>
    /// <param name="maxEpochs">Passes over the training rows for each layer. Null: chosen by their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range; the message names it, its value and the range.</exception>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.Transforms.TargetPropFeaturizer("Features", "Pixels"))
    ///     .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy());
    /// var model = pipeline.Fit(trainData);
    /// </code>
    /// </example>
    public static TargetPropFeaturizerEstimator TargetPropFeaturizer(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, int[]? hiddenUnits = null, int? maxEpochs = null) =>
        catalog.TargetPropFeaturizer(new TargetPropFeaturizerEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            HiddenUnits = hiddenUnits,
            MaxEpochs = maxEpochs,
        });

    /// <summary>Creates a <see cref="TargetPropFeaturizerEstimator"/> from options: features of a vector column that are learned without labels.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="options">The options; docs/options.md lists them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value and the range.</exception>
    public static TargetPropFeaturizerEstimator TargetPropFeaturizer(this TransformsCatalog catalog, TargetPropFeaturizerEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return new(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>The options of the short forms, with every other one at its default.</summary>
    private static TOptions Options<TOptions>(
        string labelColumnName, string featureColumnName, string? exampleWeightColumnName, int[]? hiddenUnits, int? maxEpochs, int? batchSize)
        where TOptions : TargetPropOptions, new() => new()
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            HiddenUnits = hiddenUnits,
            MaxEpochs = maxEpochs,
            BatchSize = batchSize,
        };
}
