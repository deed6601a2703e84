using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Compares loading a model with reading and decompressing its file.</summary>
internal sealed class LoadMeasurement : IMeasurement
{
    private const string Load = "mlContext.Model.Load";
    private const string Unpack = "reading and decompressing the same file";

    public string Name => "load";

    public Findings Run(BenchmarkContext context)
    {
        // Weights, feedback weights and standardization give a file of about 2 MB.
        NetShape net = new(784, [400, 240], 10, 100);
        int loads = context.Quick ? 3 : 10;
        using ScratchFolder folder = new();
        string path = folder["model.zip"];
        MLContext mlContext = new(seed: 1);
        TrainedModels.Save(mlContext, TrainedModels.Digits(mlContext, net), path);
        torch.zeros(1).Dispose();
        Rounds times = Rounds.Run(
            context.Rounds,
            context.Progress,
            new Candidate(Load, () => Clock.MedianOfCalls(loads, _ => new MLContext().Model.Load(path, out DataViewSchema _))),
            new Candidate(Unpack, () => Clock.MedianOfCalls(loads, _ => UnpackAll(path))));
        MarkdownTable table = new("one load", "ms");
        foreach (string name in new[] { Load, Unpack })
        {
            table.Add(name, (times.Seconds(name) * 1e3).ToString("0.0", CultureInfo.InvariantCulture));
        }

        return new Findings
        {
            Title = "Loading a model",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"{net}, a file of {new FileInfo(path).Length / 1e6:0.0} MB. The native library is already loaded and the file is in the file cache. Each load uses a new `MLContext`; {context.Rounds} rounds of {loads} loads."),
            Tables = [table],
            Figures = [new Figure("load-milliseconds", times.Seconds(Load) * 1e3), new Figure("load-over-unpacking", times.Ratio(Load, Unpack))],
        };
    }

    private static void UnpackAll(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream content = entry.Open();
            content.CopyTo(Stream.Null);
        }
    }
}
