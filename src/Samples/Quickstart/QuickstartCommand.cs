using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Quickstart;

/// <summary>The command line: its options, what they accept, and the help.</summary>
public static class QuickstartCommand
{
    private const int MostLayers = 50;
    private const int MostUnits = 10_000;
    private const int MostEpochs = 10_000;

    private const string Examples = """
        Examples:
          dotnet run -c Release --project src/Samples/Quickstart
              Learns digits that the program draws itself. Needs no data and no network.
          dotnet run -c Release --project src/Samples/Quickstart -- --download
              Fetches MNIST once (11 MB), keeps it in your cache folder, and learns it.
          dotnet run -c Release --project src/Samples/Quickstart -- --data ~/data --compare
              Learns the MNIST files in ~/data or ~/data/mnist, and compares with a linear model.
          dotnet run -c Release --project src/Samples/Quickstart -- --hidden 7x240 --epochs 30
              A net of seven hidden layers with 240 units each, 30 passes over the training set.

        The last line of the output is the share of test digits that the model got wrong:
          test error: X.XX %
        """;

    /// <summary>Reads the command line and does what it asks for.</summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="run">Does the job and returns the exit code.</param>
    /// <param name="configuration">Where help and errors are written.</param>
    /// <param name="cancellationToken">Handed to the job.</param>
    /// <returns>The exit code: the job's own, 0 after help, 2 where the command line cannot be understood.</returns>
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
            Description = "Fetch MNIST from its mirrors, check it, and keep it in your cache folder.",
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
            Description = "Passes over the training set. Without it the trainer chooses.",
            HelpName = "number",
            CustomParser = result => SampleCommand.ParseNumber(result, "--epochs", 1, MostEpochs),
        };
        Option<int[]?> hidden = new("--hidden")
        {
            Description = "Units of the hidden layers, as 500,300 or 3x500. Without it the trainer chooses.",
            HelpName = "layers",
            CustomParser = ParseHidden,
        };
        Option<bool> quick = new("--quick")
        {
            Description = "A first look in seconds: few digits, few epochs, a larger error.",
        };
        Option<bool> compare = new("--compare")
        {
            Description = "Train ML.NET's linear SdcaMaximumEntropy on the same digits as well.",
        };

        RootCommand command = new(
            "Trains a deep network on handwritten digits by difference target propagation, inside an ML.NET pipeline: "
            + "trains, evaluates, saves the model, loads it again, and shows what it sees.")
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

                // An array that is not given comes as an empty one.
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
                && Number(words[^1], MostUnits) is int units
                && (repeated ? Number(words[0], MostLayers) : 1) is int times
                && layers.Count + times <= MostLayers)
            {
                layers.AddRange(Enumerable.Repeat(units, times));
            }
            else
            {
                result.AddError(
                    $"--hidden cannot read '{text}'. Write 500,300 for two layers or 3x500 for three equal ones: "
                    + $"1 to {MostLayers} layers of 1 to {MostUnits} units.");
                return null;
            }
        }

        return [.. layers];
    }

    private static int? Number(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= most ? value : null;
}
