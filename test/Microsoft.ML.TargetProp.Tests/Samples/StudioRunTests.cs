using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.InpaintingStudio;
using Microsoft.ML.TargetProp.Tests.Packaging;
using Microsoft.ML.TargetProp.Tests.Supervised;
using SkiaSharp;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public sealed class StudioRunTests : IDisposable
{
    private static readonly string[] Pictures = ["figure.png", "inpainting-steps.png", "denoised.png"];

    private static readonly StudioSettings Tiny = new(Rows: 150, [20, 5], Epochs: 3, CompletionEpochs: 2, ReaderEpochs: 2);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_trains_and_saves_a_model_draws_the_pictures_and_measures()
    {
        MnistFiles.WriteAll(_folder["data"], DrawnDigits.Create(200, 4));
        string model = Path.Combine(_folder["models"], "digits.zip");

        (int code, string output, string error) =
            await Run(new StudioOptions { Data = _folder["data"], Output = _folder["out"], Save = model, Settings = Tiny });

        Assert.Equal(("", 0), (error, code));
        Assert.Contains("150 of 200 training digits", output);
        Assert.Contains("layers, epoch 3/3", output);
        Assert.Contains("inpainting, epoch 2/2", output);
        Assert.Contains("Results on 4 test digits", output);
        Assert.Matches(@"bottom half +\d+\.\d % +\d+\.\d %", output);
        Assert.Matches(@"whole +-?\d+\.\d +-?\d+\.\d +\d+ of 15", output);
        Assert.DoesNotContain('\e', output);
        CheckFiles(_folder["out"]);
        Assert.False(File.Exists(Path.Combine(_folder["out"], "inpainting.zip")));
        MLContext mlContext = new();
        Assert.IsType<TargetPropInpaintingTransformer>(mlContext.Model.Load(model, out DataViewSchema schema));
        Assert.NotNull(schema.GetColumnOrNull("Features"));
    }

    [Fact]
    public async Task A_saved_model_gives_the_same_pictures_again_without_training()
    {
        DigitData digits = DrawnDigits.Create(100, 4);
        MnistFiles.WriteAll(_folder["data"], digits);
        MLContext mlContext = new(1);
        IDataView rows = digits.Train.ToDataView(mlContext);
        TargetPropInpaintingEstimator.Options small = new() { HiddenUnits = [10, 4], MaxEpochs = 1, Completion = { MaxEpochs = 0 }, ImageWidth = DigitSet.Side };
        mlContext.Model.Save(mlContext.Transforms.TargetPropInpainting(small).Fit(rows), rows.Schema, _folder["model"]);

        foreach (string folder in new[] { "out", "again" })
        {
            (int code, string output, string error) = await Run(
                new StudioOptions { Data = _folder["data"], Output = _folder[folder], Model = _folder["model"], Settings = Tiny });

            Assert.Equal(("", 0), (error, code));
            Assert.Contains("784-10-4 units, trained on 100 digits", output);
            Assert.DoesNotContain("layers, epoch", output);
            CheckFiles(_folder[folder]);
        }

        Assert.All(Pictures, name => Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["out"], name)), File.ReadAllBytes(Path.Combine(_folder["again"], name))));
    }

    [Fact]
    public async Task A_file_that_is_not_a_model_gives_a_message_and_exit_code_1()
    {
        MnistFiles.WriteAll(_folder["data"], DrawnDigits.Create(100, 10));
        await File.WriteAllTextAsync(_folder["text"], "no model");

        (int code, _, string error) = await Run(new StudioOptions { Data = _folder["data"], Output = _folder["out"], Model = _folder["text"] });
        (int missing, _, string missingError) = await Run(new StudioOptions { Data = _folder["data"], Output = _folder["out"], Model = _folder["none"] });

        Assert.Equal((1, 1), (code, missing));
        Assert.Contains("no ML.NET model", error);
        Assert.Contains(_folder["none"], missingError);
        Assert.DoesNotContain("   at ", error + missingError);
    }

    [Fact]
    public async Task A_model_of_another_kind_gives_a_message_and_exit_code_1()
    {
        MnistFiles.WriteAll(_folder["data"], DrawnDigits.Create(100, 10));
        MLContext mlContext = new();
        IDataView rows = DrawnDigits.Draw(1).ToDataView(mlContext);
        mlContext.Model.Save(mlContext.Transforms.CopyColumns("Copy", "Features").Fit(rows), rows.Schema, _folder["other"]);

        (int code, _, string error) = await Run(new StudioOptions { Data = _folder["data"], Output = _folder["out"], Model = _folder["other"] });

        Assert.Equal(1, code);
        Assert.Contains("another model", error);
    }

    [Fact]
    public async Task A_cancelled_run_writes_no_files()
    {
        MnistFiles.WriteAll(_folder["data"], DrawnDigits.Create(100, 10));
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();

        (int code, _, string error) = await Run(new StudioOptions { Data = _folder["data"], Output = _folder["out"] }, stop.Token);

        Assert.Equal(130, code);
        Assert.Equal("Stopped.", error.Trim());
        Assert.Empty(Directory.GetFiles(_folder["out"]));
    }

    private static void CheckFiles(string folder)
    {
        foreach (string name in Pictures)
        {
            using SKBitmap picture = SKBitmap.Decode(Path.Combine(folder, name));
            Assert.True(picture.Width > 500 && picture.Height > 300, $"{name} {picture.Width} {picture.Height}");
            // Pictures with gaps contain the blue of the missing pixels.
            Assert.Equal(name != "denoised.png", picture.Pixels.Any(c => c.Blue > c.Red + 60));
        }

        string page = File.ReadAllText(Path.Combine(folder, "inpainting.html"));
        // 18 embedded pictures: the start, 15 rounds, the observed pixels and the original digits.
        Assert.Equal(18, page.Split("data:image/png;base64,").Length - 1);
        Assert.DoesNotContain("http", page);
    }

    private static async Task<(int Code, string Output, string Error)> Run(StudioOptions options, CancellationToken cancellationToken = default)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 120;
        int code = await StudioRun.ExecuteAsync(options, console, error, cancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
