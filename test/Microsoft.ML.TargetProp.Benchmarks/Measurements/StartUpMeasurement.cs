using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Measures the time from the start of a process to its first prediction, compared with ML.NET's linear model and an empty process.</summary>
internal sealed class StartUpMeasurement : IMeasurement
{
    private const string Ours = "start, load our model, predict once";
    private const string Linear = "start, load ML.NET's linear model, predict once";
    private const string Nothing = "start only";

    public string Name => "start-up";

    public Findings Run(BenchmarkContext context)
    {
        using ScratchFolder folder = new();
        MLContext mlContext = new(seed: 1);
        TrainedModels.Save(mlContext, TrainedModels.Digits(mlContext, NetShape.Paper), folder["network.zip"]);
        TrainedModels.Save(mlContext, TrainedModels.LinearDigits(mlContext), folder["linear.zip"]);
        List<FirstPrediction.Parts> parts = [];
        Rounds times = Rounds.Run(
            context.Rounds,
            context.Progress,
            new Candidate(Ours, () => Start(parts.Add, folder["network.zip"])),
            new Candidate(Linear, () => Start(_ => { }, folder["linear.zip"])),
            new Candidate(Nothing, () => Start(_ => { })));
        MarkdownTable table = new("one process", "ms");
        foreach (string name in new[] { Ours, Linear, Nothing })
        {
            table.Add(name, Milliseconds(times.Seconds(name)));
        }

        // The first run is the warm-up, which the medians above exclude as well.
        FirstPrediction.Parts[] counted = [.. parts.Skip(1)];
        table.Add("our process: new MLContext()", Milliseconds(Rounds.Median(counted.Select(p => p.Context))));
        table.Add("our process: Model.Load", Milliseconds(Rounds.Median(counted.Select(p => p.Load))));
        table.Add("our process: CreatePredictionEngine", Milliseconds(Rounds.Median(counted.Select(p => p.Engine))));
        table.Add("our process: first Predict", Milliseconds(Rounds.Median(counted.Select(p => p.Predict))));
        return new Findings
        {
            Title = "Start-up",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"Time from starting a process to the line that it writes after its first prediction; {NetShape.Paper}, medians of {context.Rounds} rounds. The files are in the file cache."),
            Tables = [table],
            Figures = [new Figure("start-up-milliseconds", times.Seconds(Ours) * 1e3), new Figure("start-up-over-linear", times.Ratio(Ours, Linear))],
        };
    }

    private static string Milliseconds(double seconds) => (seconds * 1e3).ToString("0", CultureInfo.InvariantCulture);

    /// <summary>Starts this program as a new process, with or without a model, and returns the seconds until its answer.</summary>
    private static double Start(Action<FirstPrediction.Parts> told, params string[] model)
    {
        ProcessStartInfo start = OwnProcess.Describe([FirstPrediction.Command, .. model]);
        long before = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string? answer = process.StandardOutput.ReadLine();
        double seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
        process.WaitForExit();
        if (answer is null || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The measured process ended with exit code {process.ExitCode}; expected 0 and a line of output.");
        }

        told(FirstPrediction.Parts.Parse(answer));
        return seconds;
    }
}
