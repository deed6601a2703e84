using System.CommandLine;
using System.Runtime.InteropServices;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>What the programs have in common around their job: Ctrl+C, messages for people, exit codes.</summary>
public static class SampleProgram
{
    // 128 + SIGINT, what shells expect of a program stopped by Ctrl+C.
    private const int StoppedExitCode = 130;

    /// <summary>Runs a program: the first Ctrl+C asks the job to stop at the end of an epoch, the second ends the process as ever.</summary>
    /// <param name="invoke">Reads the command line and does the job; returns the exit code.</param>
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

    /// <summary>Does a job and returns the exit code: the job's own, 1 with a message for people, or 130 when stopped by Ctrl+C.</summary>
    /// <param name="job">The job.</param>
    /// <param name="error">Where messages go when it cannot be done.</param>
    /// <param name="cancellationToken">What stops it.</param>
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

    /// <summary>Makes the folder of --out and returns its full path.</summary>
    /// <param name="folder">What the user wrote after --out.</param>
    /// <param name="purpose">What goes there, for the message.</param>
    /// <exception cref="SampleException">It cannot be made.</exception>
    public static string MakeFolder(string folder, string purpose)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SampleException($"Cannot make the folder '{folder}' for {purpose}; name another with --out.", e);
        }
    }
}
