using System.CommandLine;

namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The command line: its options, what they accept, and the help.</summary>
public static class StudioCommand
{
    /// <summary>The classifier that reads the results, and each part of the model, need some of every class.</summary>
    public const int FewestRows = 100;

    private const int MostRows = 1_000_000;

    private const string Examples = """
        Examples:
          dotnet run -c Release --project src/Samples/InpaintingStudio
              Learns digits that the program draws itself. Needs no data and no network.
          dotnet run -c Release --project src/Samples/InpaintingStudio -- --data ~/data
              Learns the MNIST files in ~/data or ~/data/mnist.
          dotnet run -c Release --project src/Samples/InpaintingStudio -- --data ~/data --quick
              A first look: fewer digits, fewer epochs, blurred digits.
          dotnet run -c Release --project src/Samples/InpaintingStudio -- --data ~/data --model artifacts/inpainting/inpainting.zip --seed 2
              Draws other samples from the model of an earlier run.

        What it writes into the folder of --out:
          figure.png            originals, samples of the model, and digits with gaps on their way from noise to the result
          inpainting-steps.png  every step of that way
          inpainting.html       the same way, animated
          denoised.png          noisy digits and what the model makes of them
          inpainting.zip        the model
        """;

    /// <summary>Reads the command line and does what it asks for.</summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="run">Does the job and returns the exit code.</param>
    /// <param name="configuration">Where help and errors are written.</param>
    /// <param name="cancellationToken">Handed to the job.</param>
    /// <returns>The exit code: the job's own, 0 after help, 2 where the command line cannot be understood.</returns>
    public static async Task<int> InvokeAsync(
        string[] args,
        Func<StudioOptions, CancellationToken, Task<int>> run,
        InvocationConfiguration configuration,
        CancellationToken cancellationToken) =>
        await SampleCommand.InvokeAsync(Create(run), Examples, args, configuration, cancellationToken);

    private static RootCommand Create(Func<StudioOptions, CancellationToken, Task<int>> run)
    {
        Option<string?> data = SampleCommand.DataOption();
        Option<int?> rows = new("--rows")
        {
            Description = "Digits to learn from. Without it as many as some minutes are enough for.",
            HelpName = "number",
            CustomParser = result => SampleCommand.ParseNumber(result, "--rows", FewestRows, MostRows),
        };
        Option<string> output = new("--out")
        {
            Description = "Folder for the pictures and the model.",
            HelpName = "folder",
            DefaultValueFactory = _ => StudioOptions.DefaultOutput,
        };
        Option<int> seed = SampleCommand.SeedOption();
        Option<string?> model = new("--model")
        {
            Description = "Use the model of an earlier run instead of training one.",
            HelpName = "file",
        };
        Option<string?> save = new("--save")
        {
            Description = "File for the trained model. Without it inpainting.zip in the folder of --out.",
            HelpName = "file",
        };
        Option<bool> quick = new("--quick")
        {
            Description = "A first look in about a minute: few digits, few epochs, poorer pictures.",
        };

        RootCommand command = new(
            "Trains a deep generative model on handwritten digits by iterated target propagation, inside an ML.NET pipeline, "
            + "and draws what it can do: make digits, fill in what is missing, and remove noise.")
        {
            data, rows, output, seed, model, save, quick,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(model) is not null && result.GetResult(save) is not null)
            {
                result.AddError("Use either --model or --save, not both: a model that is not trained need not be saved.");
            }
        });
        command.SetAction((arguments, cancellationToken) => run(
            new StudioOptions
            {
                Data = arguments.GetValue(data),
                Rows = arguments.GetValue(rows),
                Output = arguments.GetValue(output)!,
                Seed = arguments.GetValue(seed),
                Model = arguments.GetValue(model),
                Save = arguments.GetValue(save),
                Quick = arguments.GetValue(quick),
            },
            cancellationToken));
        return command;
    }
}
