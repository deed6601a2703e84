using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Compares epochs on the first GPU with the same epochs on the processor of that machine.</summary>
internal sealed class GpuMeasurement : IMeasurement
{
    private const string Processor = "processor", Gpu = "GPU";

    private const int QuickSteps = 10;
    private const int GenerativeIterations = 3;

    public string Name => "gpu";

    public bool HasItsOwnMachine => true;

    public string? Obstacle => torch.cuda.is_available() ? null : "TorchSharp finds no CUDA device. Build with -p:TorchBackend=cuda and run on a machine with an NVIDIA GPU.";

    public Findings Run(BenchmarkContext context)
    {
        MarkdownTable result = new("one epoch", "µs per row, processor", "µs per row, GPU", "processor / GPU");
        List<Figure> figures = [];
        NetShape large = new(784, [4000, 4000, 4000], 10, 1024);
        // The number of steps makes an epoch long enough to measure on the GPU, and not much longer on the processor.
        foreach ((string key, NetShape net, int full) in new[] { ("paper", NetShape.Paper, 200), ("wide", NetShape.Wide, 60), ("large", large, 12) })
        {
            int steps = Steps(full);
            SpeedTable table = new(steps * net.BatchSize, net.Inputs, net.Outputs);
            Add(key, $"classifier {net}", steps, net.BatchSize, gpu => LibraryEpoch.Seconds(table, net, TargetPropLearningRule.DifferenceTargetPropagation, gpu: gpu));
        }

        GenerativeNet generative = GenerativeNet.Paper;
        int generativeSteps = Steps(60);
        SpeedTable vectors = new(generativeSteps * generative.BatchSize, generative.Inputs, classes: 10);
        Add("generative", $"generative {generative}, {GenerativeIterations} iterations", generativeSteps, generative.BatchSize, gpu => GenerativeEpoch.Seconds(vectors, generative, GenerativeIterations, gpu));
        return new Findings
        {
            Title = "Training on a GPU",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"{Machine.Describe()}; GPU 0: {Machine.DescribeGpu()}. The classifiers train by difference target propagation, the generative model by E-step and M-step. Medians of {context.Rounds} rounds."),
            Tables = [result],
            Figures = figures,
        };

        int Steps(int full) => context.Quick ? QuickSteps : full;

        void Add(string key, string name, int steps, int batchSize, Func<int?, double> seconds)
        {
            Rounds times = Rounds.Run(context.Rounds, doing => context.Progress($"{name}: {doing}"), new(Processor, () => seconds(null)), new(Gpu, () => seconds(0)));
            string PerRow(string device) => (times.Seconds(device) / (steps * batchSize) * 1e6).ToString("0.00", CultureInfo.InvariantCulture);
            double ratio = times.Ratio(Processor, Gpu);
            result.Add(string.Create(CultureInfo.InvariantCulture, $"{name}, batch {batchSize}, {steps} steps"), PerRow(Processor), PerRow(Gpu), ratio.ToString("0.00", CultureInfo.InvariantCulture));
            figures.Add(new Figure($"processor-over-gpu-{key}", ratio));
        }
    }
}
