using System.CommandLine;

namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The command line: options, accepted values and help.</summary>
public static class StudioCommand
{
    /// <summary>The smallest number of training digits. The classifier needs examples of every class.</summary>
    public const int MinRows = 100;

    private const int MaxRows = 1_000_000;

    private const string Examples = """
        Examples:
          dotnet run -c Release --project src/Samples/InpaintingStudio
              Trains on digits that the program draws itself. Needs no data and no network.
          dotnet run -c Release --project src/Samples/InpaintingStudio -- --data ~/data
              Trains on the MNIST files in ~/data or ~/data/mnist.
          dotnet run -c Release --project src/Samples/InpaintingStudio -- --data ~/data --quick
              Finishes in about a minute: fewer digits, fewer epochs, blurrier pictures.
          dotnet run -c Release --project src/Samples/InpaintingStudio -- --data ~/data --model artifacts/inpainting/inpainting.zip --seed 2
              Draws other samples from the model of an earlier run.

        Files in the folder of --out:
          figure.png            test digits, samples of the model, and inpainting from noise to the result
          inpainting-steps.png  every round of inpainting
          inpainting.html       the same rounds, animated
          denoised.png          noisy digits and denoised digits
          inpainting.zip        the model
        """;

    /// <summary>Parses the command line and runs the job.</summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="run">Runs the job and returns its exit code.</param>
    /// <param name="configuration">Receives the help and the errors.</param>
    /// <param name="cancellationToken">Passed to the job.</param>
    /// <returns>The job's exit code; 0 after help; 2 for an invalid command line.</returns>
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
            Description = $"Number of training digits. Default: {StudioSettings.For(quick: false).Rows}, or {StudioSettings.For(quick: true).Rows} with --quick.",
            HelpName = "number",
            CustomParser = result => SampleCommand.ParseNumber(result, "--rows", MinRows, MaxRows),
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
            Description = "Use the model of an earlier run of this program instead of training one.",
            HelpName = "file",
        };
        Option<string?> save = new("--save")
        {
            Description = "File for the trained model. Default: inpainting.zip in the folder of --out.",
            HelpName = "file",
        };
        Option<bool> quick = new("--quick")
        {
            Description = "Finish in about a minute: fewer digits, fewer epochs, blurrier pictures.",
        };

        RootCommand command = new(
            "Trains a deep generative model on handwritten digits by iterated target propagation, inside an ML.NET pipeline. "
            + "Draws samples of the model, inpaints missing pixels, and removes noise.")
        {
            data, rows, output, seed, model, save, quick,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(model) is not null && result.GetResult(save) is not null)
            {
                result.AddError("Use either --model or --save, not both. --model uses a model that is already saved.");
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
