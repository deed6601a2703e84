using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Samples.Quickstart;

/// <summary>The whole job: load digits, train, evaluate, save the model, load it, predict, and show the predictions.</summary>
public sealed class QuickstartRun
{
    private const int SheetColumns = 10;
    private const int SheetDigits = 40;
    private const int SheetMistakes = 20;
    private const int ShownMistakes = 5;

    private readonly QuickstartOptions _options;
    private readonly IAnsiConsole _console;
    private readonly CancellationToken _cancellationToken;

    private QuickstartRun(QuickstartOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        _options = options;
        _console = console;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Runs the job.</summary>
    /// <param name="options">The options of the command line.</param>
    /// <param name="console">Receives progress and results.</param>
    /// <param name="error">Receives a message when the job fails.</param>
    /// <param name="cancellationToken">Stops the job at the end of an epoch or between two steps of the job.</param>
    /// <returns>The exit code: 0 after success, 1 after a failure with a message, 130 after Ctrl+C.</returns>
    public static async Task<int> ExecuteAsync(
        QuickstartOptions options, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken) =>
        await SampleProgram.GuardAsync(() => new QuickstartRun(options, console, cancellationToken).RunAsync(), error, cancellationToken);

    private async Task<int> RunAsync()
    {
        string output = SampleProgram.MakeFolder(_options.Output, "the model and the picture");
        string modelPath = Path.Combine(output, "digits.zip");
        string picturePath = Path.Combine(output, "digits.png");

        DigitData data = await LoadDataAsync();
        MLContext mlContext = new(_options.Seed);

        Headline("Training");
        TransformerChain<KeyToValueMappingTransformer> model = Train(mlContext, data.Train);

        Headline("Test");
        IDataView scored = model.Transform(data.Test.ToDataView(mlContext));
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(scored);
        _console.Write(ConfusionTable.Create(metrics.ConfusionMatrix, ClassNames(scored.Schema["Label"])));
        if (_options.Compare)
        {
            CompareWithLinearModel(mlContext, data, metrics);
        }

        _cancellationToken.ThrowIfCancellationRequested();
        mlContext.Model.Save(model, data.Train.ToDataView(mlContext).Schema, modelPath);

        Headline("The saved model, loaded in a fresh MLContext");
        int[] mistakes = FindMistakes(data.Test, [.. scored.GetColumn<string>("PredictedLabel")]);
        ShowPredictions(modelPath, picturePath, data.Test, mistakes);

        Headline("Written");
        _console.WriteLine($"model    {modelPath}");
        _console.WriteLine($"picture  {picturePath}");
        _console.WriteLine("         (caption: the prediction; red: wrong, true digit in brackets)");
        _console.WriteLine();
        _console.WriteLine($"test error: {Percent(1 - metrics.MicroAccuracy)}");
        return 0;
    }

    private async Task<DigitData> LoadDataAsync()
    {
        string? folder = _options.Download
            ? await new MnistDownload().EnsureAsync(_console.WriteLine, _cancellationToken)
            : Mnist.FindFolder(_options.Data);
        DigitData data = folder is null ? DrawnDigits.Create(seed: _options.Seed) : Mnist.Load(folder);
        if (_options.Quick)
        {
            data = data with
            {
                Train = data.Train.Slice(0, Math.Min(3_000, data.Train.Count)),
                Test = data.Test.Slice(0, Math.Min(1_000, data.Test.Count)),
            };
        }

        _console.WriteLine($"Data: {data.Name}");
        _console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{data.Train.Count:N0} training digits, {data.Test.Count:N0} test digits"));
        if (folder is null)
        {
            _console.WriteLine("To train on MNIST, add --download, or --data with the folder of the files. See --help.");
        }

        return data;
    }

    private TransformerChain<KeyToValueMappingTransformer> Train(MLContext mlContext, DigitSet digits) =>
        TrainingDisplay.Run(
            _console,
            show => BuildPipeline(mlContext, digits.Count, epoch => show(Progress(epoch))).Fit(digits.ToDataView(mlContext)),
            _cancellationToken);

    private static TrainingProgress Progress(TargetPropEpochMetrics epoch)
    {
        string error = epoch.ValidationError is double e
            ? string.Create(CultureInfo.InvariantCulture, $"validation error {100 * e,5:0.00} %")
            : string.Create(CultureInfo.InvariantCulture, $"training error {100 * epoch.TrainingError,5:0.00} %");
        string measured = string.Create(CultureInfo.InvariantCulture, $"loss {epoch.TrainingLoss:0.0000} {error}");
        return new TrainingProgress(epoch.Epoch, epoch.MaxEpochs, epoch.Elapsed, measured);
    }

    private EstimatorChain<KeyToValueMappingTransformer> BuildPipeline(
        MLContext mlContext, int digitCount, Action<TargetPropEpochMetrics> onEpoch)
    {
        TargetPropMulticlassTrainer.Options options = new()
        {
            HiddenUnits = _options.HiddenUnits,
            MaxEpochs = _options.Epochs ?? (_options.Quick ? 20 : null),

            // The display shows the error on these validation digits, which the network does not train on.
            ValidationFraction = Math.Min(2_000, digitCount / 10) / (double)digitCount,
            EpochCallback = onEpoch,
            CancellationToken = _cancellationToken,
        };
        return mlContext.Transforms.Conversion
            .MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(mlContext.MulticlassClassification.Trainers.TargetPropClassifier(options))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    }

    private void CompareWithLinearModel(MLContext mlContext, DigitData data, MulticlassClassificationMetrics deep)
    {
        Stopwatch clock = Stopwatch.StartNew();
        _console.WriteLine("Training the linear SdcaMaximumEntropy on the same digits ...");
        IDataView scored = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy())
            .Fit(data.Train.ToDataView(mlContext))
            .Transform(data.Test.ToDataView(mlContext));
        MulticlassClassificationMetrics linear = mlContext.MulticlassClassification.Evaluate(scored);
        _console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"SdcaMaximumEntropy: test error {Percent(1 - linear.MicroAccuracy)}, in {clock.Elapsed.TotalSeconds:0} s"));
        _console.WriteLine($"TargetPropClassifier: test error {Percent(1 - deep.MicroAccuracy)}");
    }

    private void ShowPredictions(string modelPath, string picturePath, DigitSet test, int[] mistakes)
    {
        // A fresh context shows that the .zip file alone is enough to predict.
        MLContext mlContext = new();
        ITransformer model = mlContext.Model.Load(modelPath, out _);
        using PredictionEngine<DigitRow, DigitPrediction> engine = mlContext.Model.CreatePredictionEngine<DigitRow, DigitPrediction>(model);

        DrawInTerminal(engine, test, FirstOfEachClass(test));
        if (mistakes.Length > 0)
        {
            _console.WriteLine();
            _console.WriteLine($"Misclassified digits ({mistakes.Length} of {test.Count}), for example:");
            DrawInTerminal(engine, test, mistakes.Take(ShownMistakes));
        }

        IEnumerable<int> shown = Enumerable.Range(0, Math.Min(SheetDigits, test.Count)).Concat(mistakes.Take(SheetMistakes));
        DigitSheet.Save(picturePath, [.. shown.Select(i => Caption(engine, test, i))], SheetColumns);
    }

    private void DrawInTerminal(PredictionEngine<DigitRow, DigitPrediction> engine, DigitSet digits, IEnumerable<int> indices)
    {
        foreach (int[] line in indices.Chunk(5))
        {
            Grid grid = new();
            grid.AddColumns([.. line.Select(_ => new GridColumn().Padding(0, 0, 2, 0).Width(DigitDrawing.Width))]);
            grid.AddRow([.. line.Select(i => new DigitDrawing(digits.Image(i)))]);
            grid.AddRow([.. line.Select(i => Sentence(engine.Predict(digits.Row(i)), digits.LabelName(i)))]);
            _console.Write(grid);
        }
    }

    private static Markup Sentence(DigitPrediction prediction, string actual)
    {
        string sure = string.Create(CultureInfo.InvariantCulture, $"{100 * prediction.Score.Max():0} %");
        return prediction.PredictedLabel == actual
            ? new Markup($"[green]{prediction.PredictedLabel}[/], {sure}")
            : new Markup($"[red]{prediction.PredictedLabel}[/], {sure}, true {actual}");
    }

    private static CaptionedDigit Caption(PredictionEngine<DigitRow, DigitPrediction> engine, DigitSet digits, int index)
    {
        string predicted = engine.Predict(digits.Row(index)).PredictedLabel;
        bool wrong = predicted != digits.LabelName(index);
        return new CaptionedDigit(digits.Image(index), wrong ? $"{predicted} ({digits.LabelName(index)})" : predicted, wrong);
    }

    private static IEnumerable<int> FirstOfEachClass(DigitSet digits) =>
        Enumerable.Range(0, digits.Count).DistinctBy(digits.LabelName).OrderBy(digits.LabelName, StringComparer.Ordinal);

    private static int[] FindMistakes(DigitSet digits, string[] predicted) =>
        [.. Enumerable.Range(0, digits.Count).Where(i => predicted[i] != digits.LabelName(i))];

    private static string[] ClassNames(DataViewSchema.Column label)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static string Percent(double fraction) => (100 * fraction).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private void Headline(string text)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _console.WriteLine();
        _console.Write(new Rule(Markup.Escape(text)).LeftJustified());
    }
}
