using System.CommandLine;
using System.Runtime.InteropServices;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>The parts that the samples share around their job: Ctrl+C, error messages and exit codes.</summary>
public static class SampleProgram
{
    // 128 + SIGINT, the exit code that shells expect after Ctrl+C.
    private const int StoppedExitCode = 130;

    /// <summary>Runs a program. The first Ctrl+C cancels the job; the second ends the process.</summary>
    /// <param name="invoke">Parses the command line, runs the job and returns the exit code.</param>
    public static async Task<int> RunAsync(Func<InvocationConfiguration, CancellationToken, Task<int>> invoke)
    {
        ArgumentNullException.ThrowIfNull(invoke);
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        });
        return await invoke(new InvocationConfiguration { ProcessTerminationTimeout = null }, stop.Token).ConfigureAwait(false);
    }

    /// <summary>Runs a job and turns its exceptions into a message and an exit code.</summary>
    /// <param name="job">The job.</param>
    /// <param name="error">Receives the message.</param>
    /// <param name="cancellationToken">The token that cancels the job.</param>
    /// <returns>The job's exit code; 1 after a failure; 130 after Ctrl+C.</returns>
    public static async Task<int> GuardAsync(Func<Task<int>> job, TextWriter error, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            return await job().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("Stopped.").ConfigureAwait(false);
            return StoppedExitCode;
        }
        catch (Exception e) when (e is SampleException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>Creates the folder of --out and returns its full path.</summary>
    /// <param name="folder">The value of --out.</param>
    /// <param name="purpose">The planned content, for the message.</param>
    /// <exception cref="SampleException">The folder cannot be created.</exception>
    public static string MakeFolder(string folder, string purpose)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SampleException($"Cannot create the folder '{folder}' for {purpose}. Give another folder with --out. ({e.Message})", e);
        }
    }
}
