using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.ModelBuilder;

const string Usage = $"""
    Trains the model in DigitModel.*.cs on a CSV file, judges it, saves it, and uses it.

    Usage: dotnet run -c Release --project src/Samples/ModelBuilder [-- <file.csv>]

      <file.csv>  label,pixel0,...,pixel783 with a header, as MNIST is often published.
                  Without it the program draws digits and writes them to
                  {DigitModel.RetrainFilePath}
    """;

if (args is ["-h" or "--help" or "-?"])
{
    Console.WriteLine(Usage);
    return 0;
}

if (args.Length > 1 || (args.Length == 1 && args[0].StartsWith('-')))
{
    Console.Error.WriteLine($"One CSV file at most, not '{string.Join(' ', args)}'. --help tells more.");
    return 2;
}

try
{
    Directory.CreateDirectory(Path.GetDirectoryName(DigitModel.MLNetModelPath)!);
    Run(args.Length == 1 ? args[0] : DrawnCsv());
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
        Console.WriteLine($"Drawing digits into {DigitModel.RetrainFilePath} ...");
        DigitCsv.Write(DigitModel.RetrainFilePath, DrawnDigits.Draw(5_000));
    }

    return DigitModel.RetrainFilePath;
}

static void Run(string csvPath)
{
    DigitCsv.CheckHeader(csvPath);

    // A fifth of the rows is kept from training, to judge the model by. DigitModel.Train takes a whole file and saves the model.
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
