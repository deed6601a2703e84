using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Quickstart;
using Microsoft.ML.TargetProp.Tests.Packaging;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public sealed class QuickstartRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_trains_saves_and_loads_the_model_and_ends_with_the_test_error()
    {
        MnistLikeFolder(train: 600, test: 200);

        (int code, string output, string error) =
            await Run(new QuickstartOptions { Data = _folder["data"], Output = _folder["out"], Epochs = 3 });

        Assert.Equal("", error);
        Assert.Equal(0, code);
        string[] lines = output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Matches(@"^test error: \d+\.\d\d %$", lines[^1]);
        Assert.Equal(3, lines.Count(line => line.StartsWith("epoch ", StringComparison.Ordinal) && line.Contains("validation error", StringComparison.Ordinal)));
        Assert.Contains("600 training digits, 200 test digits", output);
        Assert.DoesNotContain('\e', output);
        Assert.True(new FileInfo(Path.Combine(_folder["out"], "digits.png")).Length > 1000);

        MLContext mlContext = new();
        ITransformer model = mlContext.Model.Load(Path.Combine(_folder["out"], "digits.zip"), out DataViewSchema schema);
        Assert.Contains(schema, column => column.Name == "Features");
        using PredictionEngine<DigitRow, DigitPrediction> engine = mlContext.Model.CreatePredictionEngine<DigitRow, DigitPrediction>(model);
        DigitPrediction prediction = engine.Predict(DrawnDigits.Draw(1).Row(0));
        Assert.Matches("^[0-9]$", prediction.PredictedLabel);
        Assert.Equal(1f, prediction.Score.Sum(), 3);
    }

    [Fact]
    public async Task A_wrong_path_gives_a_message_and_exit_code_1()
    {
        (int code, _, string error) = await Run(new QuickstartOptions { Data = _folder["nowhere"], Output = _folder["out"] });

        Assert.Equal(1, code);
        Assert.Contains("there is no such folder", error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public async Task An_output_folder_that_cannot_be_created_gives_a_message()
    {
        await File.WriteAllTextAsync(_folder["file"], "");

        (int code, _, string error) = await Run(new QuickstartOptions { Data = _folder["data"], Output = Path.Combine(_folder["file"], "out") });

        Assert.Equal(1, code);
        Assert.Contains("--out", error);
    }

    [Fact]
    public async Task A_cancelled_run_writes_no_files()
    {
        MnistLikeFolder(train: 100, test: 50);
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();

        (int code, _, string error) =
            await Run(new QuickstartOptions { Data = _folder["data"], Output = _folder["out"] }, stop.Token);

        Assert.Equal(130, code);
        Assert.Equal("Stopped.", error.Trim());
        Assert.Empty(Directory.GetFiles(_folder["out"]));
    }

    private static async Task<(int Code, string Output, string Error)> Run(QuickstartOptions options, CancellationToken cancellationToken = default)
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
        int code = await QuickstartRun.ExecuteAsync(options, console, error, cancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Writes drawn digits as MNIST files. The test is quick and does not depend on TARGETPROP_DATA.</summary>
    private void MnistLikeFolder(int train, int test)
    {
        DigitData digits = DrawnDigits.Create(train, test);
        MnistFiles.WriteAll(_folder["data"], digits);
    }
}
