using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Quickstart;
using Spectre.Console;

return await SampleProgram.RunAsync((configuration, stop) => QuickstartCommand.InvokeAsync(
    args,
    (options, cancellationToken) => QuickstartRun.ExecuteAsync(options, AnsiConsole.Console, configuration.Error, cancellationToken),
    configuration,
    stop));
