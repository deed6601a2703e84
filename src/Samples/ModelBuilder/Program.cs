using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.ModelBuilder;

const string Usage = $"""
    Trains the model of DigitModel.*.cs on a CSV file, evaluates it, saves it, and makes a prediction.

    Usage: dotnet run -c Release --project src/Samples/ModelBuilder [-- <file.csv>]
           dotnet run -c Release --project src/Samples/ModelBuilder -- gaps
           dotnet run -c Release --project src/Samples/ModelBuilder -- fares

      <file.csv>  A CSV file with the header label,pixel0,...,pixel783, a common layout for MNIST.
                  By default the program draws digits and writes them to
                  {DigitModel.RetrainFilePath}
      gaps        Imputes the missing values of a table instead, with the model of ParcelModel.*.cs.
                  The program generates the table and writes it to
                  {ParcelModel.RetrainFilePath}
      fares       Predicts a number and an interval for it instead, with the model of FareModel.*.cs.
                  The program generates the table and writes it to
                  {FareModel.RetrainFilePath}
    """;

if (args is ["-h" or "--help" or "-?"])
{
    Console.WriteLine(Usage);
    return 0;
}

if (args.Length > 1 || (args.Length == 1 && args[0].StartsWith('-')))
{
    Console.Error.WriteLine($"Found the arguments '{string.Join(' ', args)}', expected at most one CSV file. See --help.");
    return 2;
}

try
{
    Directory.CreateDirectory(Path.GetDirectoryName(DigitModel.MLNetModelPath)!);
    if (args is ["gaps"])
    {
        RunGaps();
    }
    else if (args is ["fares"])
    {
        RunFares();
    }
    else
    {
        Run(args.Length == 1 ? args[0] : DrawnCsv());
    }

    return 0;
}
catch (Exception e) when (e is SampleException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static string DrawnCsv()
{
    if (!File.Exists(DigitModel.RetrainFilePath))
    {
        Console.WriteLine($"Drawing digits to {DigitModel.RetrainFilePath} ...");
        DigitCsv.Write(DigitModel.RetrainFilePath, DrawnDigits.Draw(5_000));
    }

    return DigitModel.RetrainFilePath;
}

static void Run(string csvPath)
{
    DigitCsv.CheckHeader(csvPath);

    // A fifth of the rows is the test set. DigitModel.Train would train on the whole file.
    var mlContext = new MLContext(seed: 1);
    var data = DigitModel.LoadIDataViewFromFile(
        mlContext, csvPath, DigitModel.RetrainSeparatorChar, DigitModel.RetrainHasHeader, DigitModel.RetrainAllowQuoting);
    var split = mlContext.Data.TrainTestSplit(data, testFraction: 0.2);

    Console.WriteLine($"Training on four fifths of {csvPath} ...");
    var model = DigitModel.RetrainModel(mlContext, split.TrainSet);
    var metrics = DigitModel.Evaluate(mlContext, split.TestSet, model, labelColumnName: "label");
    Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
    DigitModel.SaveModel(mlContext, model, data, DigitModel.MLNetModelPath);
    Console.WriteLine($"Model saved to {DigitModel.MLNetModelPath}");

    var sampleData = mlContext.Data.CreateEnumerable<DigitModel.ModelInput>(split.TestSet, reuseRowObject: false).First();
    var predictionResult = DigitModel.Predict(sampleData);
    Console.WriteLine();
    Console.WriteLine("Using model to make single prediction -- Comparing actual label with predicted label from sample data...");
    Console.WriteLine($"label: {sampleData.Label}, predicted: {predictionResult.PredictedLabel}");
    Console.WriteLine();
    Console.WriteLine($"{"Class",-10}{"Score",10}");
    foreach (var score in DigitModel.PredictAllLabels(sampleData))
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{score.Key,-10}{score.Value,10:0.0000}"));
    }

    Console.WriteLine();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"test error: {100 * (1 - metrics.MicroAccuracy):0.00} %"));
}

static void RunGaps()
{
    ParcelCsv.Write(ParcelModel.RetrainFilePath, rows: 1_000);
    var mlContext = new MLContext(seed: 1);
    var data = ParcelModel.LoadIDataViewFromFile(mlContext, ParcelModel.RetrainFilePath);
    var split = mlContext.Data.TrainTestSplit(data, testFraction: 0.2);

    Console.WriteLine($"Training on four fifths of {ParcelModel.RetrainFilePath} ...");
    var model = ParcelModel.RetrainModel(mlContext, split.TrainSet);
    var errors = ParcelModel.Evaluate(mlContext, split.TestSet, model);
    mlContext.Model.Save(model, data.Schema, ParcelModel.MLNetModelPath);
    Console.WriteLine($"Model saved to {ParcelModel.MLNetModelPath}");

    var output = ParcelModel.Predict(new ParcelModel.ModelInput { Length = 40, Height = 18 });
    Console.WriteLine();
    Console.WriteLine("A parcel of 40 cm length and 18 cm height, with imputed width and weight:");
    foreach (var (name, value, deviation) in ParcelCsv.Header.Split(',').Zip(output.Completed, output.Uncertainty))
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-10}{value,8:0.0}{(deviation > 0 ? $" ± {deviation:0.0}" : "")}"));
    }

    Console.WriteLine();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"root mean squared error of a hidden weight: {errors.Model:0.00} kg imputed by the model, {errors.Mean:0.00} kg by the mean"));
}

static void RunFares()
{
    FareCsv.Write(FareModel.RetrainFilePath, rows: 1_500);
    var mlContext = new MLContext(seed: 1);
    var data = FareModel.LoadIDataViewFromFile(
        mlContext, FareModel.RetrainFilePath, FareModel.RetrainSeparatorChar, FareModel.RetrainHasHeader, FareModel.RetrainAllowQuoting);
    var split = mlContext.Data.TrainTestSplit(data, testFraction: 0.2);

    Console.WriteLine($"Training on four fifths of {FareModel.RetrainFilePath} ...");
    var model = FareModel.RetrainModel(mlContext, split.TrainSet);
    var metrics = FareModel.Evaluate(mlContext, split.TestSet, model, labelColumnName: "fare");
    FareModel.SaveModel(mlContext, model, data, FareModel.MLNetModelPath);
    Console.WriteLine($"Model saved to {FareModel.MLNetModelPath}");

    var sampleData = new FareModel.ModelInput { Distance = 12, Minutes = 30, Passengers = 1, Night = 1 };
    var output = FareModel.Predict(sampleData);
    Console.WriteLine();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"A ride of {sampleData.Distance} km in {sampleData.Minutes} minutes at night: {output.Score:0.00} euros; nine of ten such rides cost {output.Quantiles[0]:0.00} to {output.Quantiles[1]:0.00} euros"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"test: R² {metrics.RSquared:0.000}, mean absolute error {metrics.MeanAbsoluteError:0.00} euros"));
}
