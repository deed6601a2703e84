using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Compares an epoch of the generative model (E-step and M-step) with its matrix products alone.</summary>
internal sealed class InferenceMeasurement : IMeasurement
{
    private const int All = 15;
    private const int Some = 5;
    private const int Few = 3;
    private const int Fewest = 2;

    /// <summary>Epochs are scaled to this number of rows, the usual size of MNIST's training part.</summary>
    private const int EpochRows = 50_000;

    public string Name => "inference";

    public Findings Run(BenchmarkContext context)
    {
        GenerativeNet net = GenerativeNet.Paper;
        int steps = context.Quick ? 8 : 24;
        int rows = steps * net.BatchSize;
        SpeedTable table = new(rows, net.Inputs, classes: 10);
        int[] iterations = [All, Some, Few, Fewest];
        Dictionary<int, BareProducts> products = iterations.ToDictionary(n => n, n => new BareProducts(InferenceProducts.Of(net, n)));
        try
        {
            Rounds times = Rounds.Run(
                context.Rounds,
                context.Progress,
                [
                    .. iterations.Select(n => new Candidate(Epoch(n), () => GenerativeEpoch.Seconds(table, net, n))),
                    .. iterations.Select(n => new Candidate(Products(n), () => Clock.Time(() => products[n].Run(steps)))),
                ]);
            return Report(context, net, rows, iterations, times, n => products[n].Operations * steps);
        }
        finally
        {
            foreach (BareProducts own in products.Values)
            {
                own.Dispose();
            }
        }
    }

    private static string Epoch(int iterations) => string.Create(CultureInfo.InvariantCulture, $"{iterations} iterations");

    private static string Products(int iterations) => string.Create(CultureInfo.InvariantCulture, $"matrix products of {iterations} iterations alone");

    private static Findings Report(BenchmarkContext context, GenerativeNet net, int rows, int[] iterations, Rounds times, Func<int, double> operations)
    {
        MarkdownTable result = new("one epoch", "µs per row", "seconds, scaled to 50,000 rows", "time of its products / its time");
        double Scaled(string name) => times.Seconds(name) / rows * EpochRows;
        void Add(string name, double ofProducts) => result.Add(
            name,
            (times.Seconds(name) / rows * 1e6).ToString("0.0", CultureInfo.InvariantCulture),
            Scaled(name).ToString("0.0", CultureInfo.InvariantCulture),
            ofProducts.ToString("0.00", CultureInfo.InvariantCulture));
        foreach (int n in iterations)
        {
            Add(Epoch(n), times.Ratio(Products(n), Epoch(n)));
            Add(Products(n), 1);
        }

        string Suffix(int n) => n == All ? "" : string.Create(CultureInfo.InvariantCulture, $"-{n}");
        return new Findings
        {
            Title = $"Training the generative model, {net}, batch {net.BatchSize.ToString(CultureInfo.InvariantCulture)}",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"E-step and M-step on {rows:N0} rows without gaps; medians of {context.Rounds} rounds. The default is {Few} iterations with 10,000 rows or more, and {All} with fewer. The products of {All} iterations take {operations(All) / rows / 1e6:0.00} MFLOP per row, those of {Few} iterations {operations(Few) / rows / 1e6:0.00} MFLOP; alone they ran at {operations(All) / times.Seconds(Products(All)) / 1e9:0} and {operations(Few) / times.Seconds(Products(Few)) / 1e9:0} GFLOP/s."),
            Tables = [result],
            Figures =
            [
                .. iterations.Select(n => new Figure("inference-of-products" + Suffix(n), times.Ratio(Products(n), Epoch(n)))),
                .. iterations.Select(n => new Figure("generative-epoch-seconds" + Suffix(n), Scaled(Epoch(n)))),
            ],
        };
    }
}
