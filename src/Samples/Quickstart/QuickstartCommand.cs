using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Quickstart;

/// <summary>The command line: options, accepted values and help.</summary>
public static class QuickstartCommand
{
    private const int MaxLayers = 50;
    private const int MaxUnits = 10_000;
    private const int MaxEpochs = 10_000;

    private const string Examples = """
        Examples:
          dotnet run -c Release --project src/Samples/Quickstart
              Trains on digits that the program draws itself. Needs no data and no network.
          dotnet run -c Release --project src/Samples/Quickstart -- --download
              Downloads MNIST once (11 MB) into your cache folder and trains on it.
          dotnet run -c Release --project src/Samples/Quickstart -- --data ~/data --compare
              Trains on the MNIST files in ~/data or ~/data/mnist and compares with a linear model.
          dotnet run -c Release --project src/Samples/Quickstart -- --hidden 7x240 --epochs 30
              Trains a network with seven hidden layers of 240 units for 30 epochs.

        The last line of the output is the percentage of test digits that the model misclassified:
          test error: X.XX %
        """;

    /// <summary>Parses the command line and runs the job.</summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="run">Runs the job and returns its exit code.</param>
    /// <param name="configuration">Receives the help and the errors.</param>
    /// <param name="cancellationToken">Passed to the job.</param>
    /// <returns>The job's exit code; 0 after help; 2 for an invalid command line.</returns>
    public static async Task<int> InvokeAsync(
        string[] args,
        Func<QuickstartOptions, CancellationToken, Task<int>> run,
        InvocationConfiguration configuration,
        CancellationToken cancellationToken) =>
        await SampleCommand.InvokeAsync(Create(run), Examples, args, configuration, cancellationToken);

    private static RootCommand Create(Func<QuickstartOptions, CancellationToken, Task<int>> run)
    {
        Option<string?> data = SampleCommand.DataOption();
        Option<bool> download = new("--download")
        {
            Description = "Download MNIST, verify it, and keep it in your cache folder.",
        };
        Option<string> output = new("--out")
        {
            Description = "Folder for the model (digits.zip) and the picture (digits.png).",
            HelpName = "folder",
            DefaultValueFactory = _ => QuickstartOptions.DefaultOutput,
        };
        Option<int> seed = SampleCommand.SeedOption();
        Option<int?> epochs = new("--epochs")
        {
            Description = "Epochs, that is, passes over the training set. By default the trainer chooses.",
            HelpName = "number",
            CustomParser = result => SampleCommand.ParseNumber(result, "--epochs", 1, MaxEpochs),
        };
        Option<int[]?> hidden = new("--hidden")
        {
            Description = "Units of each hidden layer, as 500,300 or 3x500. By default the trainer chooses.",
            HelpName = "layers",
            CustomParser = ParseHidden,
        };
        Option<bool> quick = new("--quick")
        {
            Description = "Finish in seconds: fewer digits, fewer epochs, a higher error.",
        };
        Option<bool> compare = new("--compare")
        {
            Description = "Also train ML.NET's linear SdcaMaximumEntropy on the same digits.",
        };

        RootCommand command = new(
            "Trains a deep network on handwritten digits by difference target propagation, inside an ML.NET pipeline. "
            + "Evaluates the model, saves it, loads it again, and shows its predictions.")
        {
            data, download, output, seed, epochs, hidden, quick, compare,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(data) is not null && result.GetValue(download))
            {
                result.AddError("Use either --data or --download, not both.");
            }
        });
        command.SetAction((arguments, cancellationToken) => run(
            new QuickstartOptions
            {
                Data = arguments.GetValue(data),
                Download = arguments.GetValue(download),
                Output = arguments.GetValue(output)!,
                Seed = arguments.GetValue(seed),
                Epochs = arguments.GetValue(epochs),

                // System.CommandLine gives an empty array for an array option that is absent.
                HiddenUnits = arguments.GetValue(hidden) is { Length: > 0 } layers ? layers : null,
                Quick = arguments.GetValue(quick),
                Compare = arguments.GetValue(compare),
            },
            cancellationToken));
        return command;
    }

    /// <summary>Reads "500,300" and "3x500".</summary>
    private static int[]? ParseHidden(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        List<int> layers = [];
        foreach (string part in text.Split(','))
        {
            string[] words = part.Split('x');
            bool repeated = words.Length == 2;
            if (words.Length <= 2
                && Number(words[^1], MaxUnits) is int units
                && (repeated ? Number(words[0], MaxLayers) : 1) is int times
                && layers.Count + times <= MaxLayers)
            {
                layers.AddRange(Enumerable.Repeat(units, times));
            }
            else
            {
                result.AddError(
                    $"--hidden takes 1 to {MaxLayers} layers of 1 to {MaxUnits} units, not '{text}'. "
                    + "Write 500,300 for two layers, or 3x500 for three layers of 500 units.");
                return null;
            }
        }

        return [.. layers];
    }

    private static int? Number(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= most ? value : null;
}
