using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>This program as a new process, for what needs a process of its own: its start, or its peak of memory.</summary>
internal static class OwnProcess
{
    private const string TaskSet = "/usr/bin/taskset";

    /// <summary>How a process is kept to one core, for the text of a report.</summary>
    public static string OneCoreMethod => File.Exists(TaskSet)
        ? "`taskset` keeps each process to one core"
        : "the environment of each process tells .NET, libtorch and LightGBM to use one thread";

    /// <summary>The start of this program with other arguments, its output redirected.</summary>
    public static ProcessStartInfo Describe(params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(OwnProcess).Assembly.Location);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>Runs this program on one core and returns its last line of output.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string RunOnOneCore(params string[] arguments)
    {
        ProcessStartInfo start = Describe(arguments);
        foreach (string variable in new[] { "OMP_NUM_THREADS", "DOTNET_PROCESSOR_COUNT" })
        {
            start.Environment[variable] = "1";
        }

        if (File.Exists(TaskSet))
        {
            // The first core that this process may use itself.
            using Process self = Process.GetCurrentProcess();
            int core = OperatingSystem.IsLinux() ? BitOperations.TrailingZeroCount((long)self.ProcessorAffinity) : 0;
            string program = start.FileName;
            start.FileName = TaskSet;
            start.ArgumentList.Insert(0, "-c");
            start.ArgumentList.Insert(1, core.ToString(CultureInfo.InvariantCulture));
            start.ArgumentList.Insert(2, program);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 && output.Length > 0
            ? output.Split('\n')[^1]
            : throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended with exit code {process.ExitCode}; expected 0 and a line of output.");
    }
}
