using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.ML.TargetProp.Samples.Quickstart;
using Spectre.Console;

// The first Ctrl+C asks the job to stop at the end of an epoch; the second ends the process as ever.
using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
});
InvocationConfiguration configuration = new() { ProcessTerminationTimeout = null };
return await QuickstartCommand.InvokeAsync(
    args,
    (options, cancellationToken) => QuickstartRun.ExecuteAsync(options, AnsiConsole.Console, configuration.Error, cancellationToken),
    configuration,
    stop.Token);
