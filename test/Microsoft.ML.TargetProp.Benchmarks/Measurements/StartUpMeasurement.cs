using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>From the start of a process to its first prediction, beside a linear model of ML.NET's and a process that does nothing.</summary>
internal sealed class StartUpMeasurement : IMeasurement
{
    private const string Ours = "start, load our model, first prediction";
    private const string Linear = "the same with ML.NET's linear model";
    private const string Nothing = "start and do nothing";

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
        MarkdownTable table = new("a process", "ms");
        foreach (string name in new[] { Ours, Linear, Nothing })
        {
            table.Add(name, Milliseconds(times.Seconds(name)));
        }

        // The first run warmed up and is not among the medians above either.
        FirstPrediction.Parts[] counted = [.. parts.Skip(1)];
        table.Add("of ours: new MLContext()", Milliseconds(Rounds.Median(counted.Select(p => p.Context))));
        table.Add("of ours: Model.Load", Milliseconds(Rounds.Median(counted.Select(p => p.Load))));
        table.Add("of ours: CreatePredictionEngine", Milliseconds(Rounds.Median(counted.Select(p => p.Engine))));
        table.Add("of ours: first Predict", Milliseconds(Rounds.Median(counted.Select(p => p.Predict))));
        return new Findings
        {
            Title = "Start-up",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"From the call that starts a process to the line it writes after its first prediction; {NetShape.Paper}, medians of {context.Rounds} rounds. Files are in the system's cache."),
            Tables = [table],
            Figures = [new Figure("start-up-milliseconds", times.Seconds(Ours) * 1e3), new Figure("start-up-over-linear", times.Ratio(Ours, Linear))],
        };
    }

    private static string Milliseconds(double seconds) => (seconds * 1e3).ToString("0", CultureInfo.InvariantCulture);

    /// <summary>Starts this program again, with or without a model to predict with, and returns the seconds until it answers.</summary>
    private static double Start(Action<FirstPrediction.Parts> told, params string[] model)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(StartUpMeasurement).Assembly.Location);
        }

        start.ArgumentList.Add(FirstPrediction.Command);
        foreach (string argument in model)
        {
            start.ArgumentList.Add(argument);
        }

        long before = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string? answer = process.StandardOutput.ReadLine();
        double seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
        process.WaitForExit();
        if (answer is null || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The process that was started to be timed ended with {process.ExitCode}.");
        }

        told(FirstPrediction.Parts.Parse(answer));
        return seconds;
    }
}
