using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The whole job: load digits, train, save the model, load it, draw the pictures, and measure.</summary>
public sealed class StudioRun
{
    private const int MeasuredDigits = 500;

    private readonly StudioOptions _options;
    private readonly IAnsiConsole _console;
    private readonly CancellationToken _cancellationToken;

    private StudioRun(StudioOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        _options = options;
        _console = console;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Runs the job.</summary>
    /// <param name="options">The options of the command line.</param>
    /// <param name="console">Receives progress and results.</param>
    /// <param name="error">Receives a message when the job fails.</param>
    /// <param name="cancellationToken">Stops the job during training or between two steps of the job.</param>
    /// <returns>The exit code: 0 after success, 1 after a failure with a message, 130 after Ctrl+C.</returns>
    public static async Task<int> ExecuteAsync(
        StudioOptions options, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken) =>
        await SampleProgram.GuardAsync(() => Task.FromResult(new StudioRun(options, console, cancellationToken).Run()), error, cancellationToken);

    private int Run()
    {
        Stopwatch clock = Stopwatch.StartNew();
        string output = SampleProgram.MakeFolder(_options.Output, "the pictures and the model");
        string modelPath = Path.GetFullPath(_options.Model ?? _options.Save ?? Path.Combine(output, "inpainting.zip"));
        StudioSettings settings = _options.Settings ?? StudioSettings.For(_options.Quick);
        DigitData data = LoadData(settings);

        if (_options.Model is null)
        {
            Headline("Training the generative model");
            TrainAndSave(data.Train, settings, modelPath);
        }

        Headline("The saved model, loaded in a fresh MLContext");
        MLContext mlContext = new(_options.Seed);
        using TargetPropInpaintingTransformer inpainter = Load(mlContext, modelPath);
        TargetPropGenerativeModel model = inpainter.Model;
        _console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{model.SlotCount}-{string.Join('-', model.HiddenUnits)} units, trained on {model.TrainingSummary.TrainingRows:N0} digits for {model.TrainingSummary.Epochs} epochs"));

        Headline("Training a classifier on whole digits, to measure the completions");
        DigitReader reader = TrainReader(data.Train, settings);

        Headline("Pictures");
        DigitSet test = data.Test.Slice(0, Math.Min(MeasuredDigits, data.Test.Count));
        float[][] digits = [.. Enumerable.Range(0, test.Count).Select(i => test.Row(i).Features)];
        IReadOnlyList<Denoising> denoisings = Draw(output, data.Name, model, test, digits);

        Headline($"Results on {test.Count} test digits");
        ShowReading(mlContext, inpainter, reader, test, digits);
        ShowObjective(model, digits);
        ShowDenoising(denoisings, digits);

        Headline("Written");
        _console.WriteLine($"figure     {Path.Combine(output, "figure.png")}");
        _console.WriteLine($"steps      {Path.Combine(output, "inpainting-steps.png")}");
        _console.WriteLine($"animation  {Path.Combine(output, "inpainting.html")}");
        _console.WriteLine($"denoising  {Path.Combine(output, "denoised.png")}");
        _console.WriteLine($"model      {modelPath}");
        _console.WriteLine();
        _console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"done in {(int)clock.Elapsed.TotalMinutes}:{clock.Elapsed.Seconds:00}"));
        return 0;
    }

    private DigitData LoadData(StudioSettings settings)
    {
        string? folder = Mnist.FindFolder(_options.Data);
        DigitData data = folder is null ? DrawnDigits.Create(seed: _options.Seed) : Mnist.Load(folder);
        int rows = Math.Min(_options.Rows ?? settings.Rows, data.Train.Count);
        _console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Data: {data.Name}, {rows:N0} of {data.Train.Count:N0} training digits."));
        if (folder is null)
        {
            _console.WriteLine("To train on MNIST, add --data with the folder of the files. See --help.");
        }

        // The pictures name the data set, but not its local folder.
        return new DigitData(folder is null ? data.Name : "MNIST", data.Train.Slice(0, rows), data.Test);
    }

    private void TrainAndSave(DigitSet digits, StudioSettings settings, string path)
    {
        MLContext mlContext = new(_options.Seed);
        IDataView rows = digits.ToDataView(mlContext);
        TargetPropInpaintingTransformer inpainter = TrainingDisplay.Run(
            _console,
            show => mlContext.Transforms.TargetPropInpainting(Options(settings, show)).Fit(rows),
            _cancellationToken);
        using (inpainter)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            mlContext.Model.Save(inpainter, rows.Schema, path);
        }
    }

    private TargetPropInpaintingEstimator.Options Options(StudioSettings settings, Action<TrainingProgress> show) => new()
    {
        HiddenUnits = [.. settings.HiddenUnits],
        MaxEpochs = settings.Epochs,

        // More epochs with fewer iterations each give sharper digits in about the same time (study `generation`).
        Inference = { TrainingIterations = 3 },
        LearningRate = 0.002,
        Completion =
        {
            MaxEpochs = settings.CompletionEpochs,
            Rounds = Completions.Rounds,
            EpochCallback = epoch => show(Progress(epoch.Epoch, epoch.MaxEpochs, epoch.Elapsed, epoch.Error, "inpainting")),
        },

        // Pixels range from 0 (paper) to 1 (ink). With ImageWidth, training masks whole blocks of a picture.
        VisibleUnits = TargetPropVisibleUnits.Logistic,
        ImageWidth = DigitSet.Side,

        // The codes of digits form clusters. Samples of a single Gaussian would fall between them.
        Prior = { Kind = TargetPropCodePrior.Mixture, Components = 100 },
        Output = TargetPropInpaintingOutput.Sample,
        SampleSeed = _options.Seed,
        Seed = _options.Seed,
        EpochCallback = epoch => show(Progress(epoch.Epoch, epoch.MaxEpochs, epoch.Elapsed, epoch.ReconstructionError, "layers")),
        CancellationToken = _cancellationToken,
    };

    private static TrainingProgress Progress(int epoch, int maxEpochs, TimeSpan elapsed, double error, string part) =>
        new(epoch, maxEpochs, elapsed, "error " + Number(error, "0.0000"), part);

    private static TargetPropInpaintingTransformer Load(MLContext mlContext, string path)
    {
        ITransformer model;
        try
        {
            model = mlContext.Model.Load(path, out _);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or FormatException)
        {
            throw new SampleException($"Found no ML.NET model in '{path}', expected a model saved by this program. Leave --model out to train one. ({e.Message})", e);
        }

        return model is TargetPropInpaintingTransformer { Model.SlotCount: DigitSet.PixelCount } inpainter
            ? inpainter
            : throw new SampleException($"Found another model in '{path}', expected an inpainting model of {DigitSet.PixelCount} pixels. Leave --model out to train one.");
    }

    private DigitReader TrainReader(DigitSet digits, StudioSettings settings) =>
        TrainingDisplay.Run(
            _console,
            show => DigitReader.Train(
                digits,
                _options.Seed,
                settings.ReaderEpochs,
                epoch => show(new TrainingProgress(
                    epoch.Epoch,
                    epoch.MaxEpochs,
                    epoch.Elapsed,
                    string.Create(CultureInfo.InvariantCulture, $"training error {100 * epoch.TrainingError,5:0.00} %"))),
                _cancellationToken),
            _cancellationToken);

    private IReadOnlyList<Denoising> Draw(string output, string dataName, TargetPropGenerativeModel model, DigitSet test, float[][] digits)
    {
        // One digit per class, in order.
        float[][] chosen = [.. Enumerable.Range(0, test.Count).DistinctBy(test.LabelName).OrderBy(test.LabelName, StringComparer.Ordinal).Select(i => digits[i])];
        Completions completions = Completions.Of(model, chosen, _options.Seed);
        string source = string.Create(CultureInfo.InvariantCulture, $"{dataName}, {model.TrainingSummary.TrainingRows:N0} rows");
        FigurePage.Save(
            Path.Combine(output, "figure.png"),
            $"{source}; layers {model.SlotCount}-{string.Join('-', model.HiddenUnits)} trained by iterated target propagation",
            [.. digits.Take(FigurePage.BlockDigits)],
            model.Sample(FigurePage.BlockDigits, _options.Seed, refinements: 0),
            completions);
        StepPages.SaveStrip(Path.Combine(output, "inpainting-steps.png"), source, completions, Math.Min(4, chosen.Length));
        StepPages.SaveAnimation(Path.Combine(output, "inpainting.html"), source, completions);
        IReadOnlyList<Denoising> denoisings = Denoising.All(model, digits, _options.Seed);
        Denoising.Save(Path.Combine(output, "denoised.png"), source, digits, denoisings, Math.Min(10, digits.Length));
        return denoisings;
    }

    /// <summary>Shows the accuracy of the classifier on completed digits: on samples from the transformer and on expected values.</summary>
    private void ShowReading(MLContext mlContext, TargetPropInpaintingTransformer inpainter, DigitReader reader, DigitSet test, float[][] digits)
    {
        Table table = NewTable("accuracy of the classifier, missing:", "sampled", "expected value");
        foreach (PictureGap gap in new[] { PictureGap.Right, PictureGap.Bottom, PictureGap.Centre })
        {
            float[][] given = [.. digits.Select(gap.Cut)];
            IDataView rows = mlContext.Data.LoadFromEnumerable(given.Select(ink => new DigitRow { Features = ink }));
            float[][] samples = [.. inpainter.Transform(rows).GetColumn<float[]>("Features")];
            float[][] expected = inpainter.Model.Complete(given);
            table.AddRow(gap.Description, Percent(reader.PartRead(samples, test)), Percent(reader.PartRead(expected, test)));
        }

        table.AddRow("nothing", Percent(reader.PartRead(digits, test)), "");
        _console.Write(table);
    }

    /// <summary>Shows the objective J before and after inference, for whole digits and for digits with gaps.</summary>
    private void ShowObjective(TargetPropGenerativeModel model, float[][] digits)
    {
        Table table = NewTable("mean objective", "first pass", "after inference", "iterations raising it");
        foreach ((string name, float[][] rows) in new[] { ("whole", digits), ("bottom half missing", [.. digits.Select(PictureGap.Bottom.Cut)]) })
        {
            IReadOnlyList<double> climb = model.ObjectiveByIteration(rows);
            int raised = Enumerable.Range(1, climb.Count - 1).Count(n => climb[n] > climb[n - 1]);
            table.AddRow(name, Number(climb[0], "0.0"), Number(climb[^1], "0.0"), $"{raised} of {climb.Count - 1}");
        }

        _console.Write(table);
    }

    private void ShowDenoising(IReadOnlyList<Denoising> denoisings, float[][] digits)
    {
        Table table = NewTable("mean squared error per pixel", "with noise", "denoised");
        foreach (Denoising denoising in denoisings)
        {
            table.AddRow(
                denoising.Name, Number(Denoising.Error(denoising.Noisy, digits), "0.0000"), Number(Denoising.Error(denoising.Denoised, digits), "0.0000"));
        }

        _console.Write(table);
    }

    private static Table NewTable(string rows, params string[] figures)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn(rows);
        foreach (string figure in figures)
        {
            table.AddColumn(new TableColumn(figure).RightAligned());
        }

        return table;
    }

    private static string Number(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

    private static string Percent(double fraction) => Number(100 * fraction, "0.0") + " %";

    private void Headline(string text)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _console.WriteLine();
        _console.Write(new Rule(Markup.Escape(text)).LeftJustified());
    }
}
