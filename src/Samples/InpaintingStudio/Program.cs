using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.InpaintingStudio;
using Spectre.Console;

return await SampleProgram.RunAsync((configuration, stop) => StudioCommand.InvokeAsync(
    args,
    (options, cancellationToken) => StudioRun.ExecuteAsync(options, AnsiConsole.Console, configuration.Error, cancellationToken),
    configuration,
    stop));
