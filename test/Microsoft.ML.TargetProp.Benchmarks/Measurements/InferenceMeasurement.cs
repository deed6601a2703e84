using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>An epoch of the generative model, E-step and M-step, beside the matrix products that it cannot do without.</summary>
internal sealed class InferenceMeasurement : IMeasurement
{
    private const int All = 15;
    private const int Some = 5;
    private const int Few = 3;
    private const int Fewest = 2;

    /// <summary>What an epoch is scaled to: the part of MNIST that one usually learns from.</summary>
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

    private static string Products(int iterations) => string.Create(CultureInfo.InvariantCulture, $"bare products of {iterations} iterations");

    private static Findings Report(BenchmarkContext context, GenerativeNet net, int rows, int[] iterations, Rounds times, Func<int, double> operations)
    {
        MarkdownTable result = new("one epoch", "µs a row", "seconds, scaled to 50,000 rows", "its products' time / its time");
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
                $"E-step and M-step on {rows:N0} rows without gaps; medians of {context.Rounds} rounds. {Few} iterations are the default with 10,000 rows or more, {All} with fewer. The products of {All} iterations take {operations(All) / rows / 1e6:0.00} MFLOP a row, those of {Few} take {operations(Few) / rows / 1e6:0.00}; alone they ran at {operations(All) / times.Seconds(Products(All)) / 1e9:0} and {operations(Few) / times.Seconds(Products(Few)) / 1e9:0} GFLOP/s."),
            Tables = [result],
            Figures =
            [
                .. iterations.Select(n => new Figure("inference-of-products" + Suffix(n), times.Ratio(Products(n), Epoch(n)))),
                .. iterations.Select(n => new Figure("generative-epoch-seconds" + Suffix(n), Scaled(Epoch(n)))),
            ],
        };
    }
}
