using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Spectre.Console;

// The first Ctrl+C stops the trial at the end of an epoch. The second one ends the process.
using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
});
InvocationConfiguration configuration = new() { ProcessTerminationTimeout = null };
return ExperimentsCommand.Invoke(
    StudyCatalog.All,
    args,
    command => StudySession.Execute(
        command.Study, command.Request, command.Output, command.Document, AnsiConsole.Console, configuration.Error, stop.Token),
    configuration);
