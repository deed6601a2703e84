using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Compares PredictionEngine on single rows with the matrix-vector products alone, on one and two threads.</summary>
internal sealed class SingleRowMeasurement : IMeasurement
{
    private const string Predict = "PredictionEngine.Predict, p50";
    private const string Products = "matrix-vector products alone, in vectorized C#, p50";
    private const string One = "one engine on one thread";
    private const string Two = "two engines on two threads";
    private const string OneBare = "products alone on one thread";
    private const string TwoBare = "products alone on two threads";

    public string Name => "single-row";

    public Findings Run(BenchmarkContext context)
    {
        int calls = context.Quick ? 1_000 : 10_000;
        NetShape net = NetShape.Paper;
        MLContext mlContext = new(seed: 1);
        ITransformer model = TrainedModels.Digits(mlContext, net);
        using PredictionEngine<DigitRow, DigitPrediction> first = mlContext.Model.CreatePredictionEngine<DigitRow, DigitPrediction>(model);
        using PredictionEngine<DigitRow, DigitPrediction> second = mlContext.Model.CreatePredictionEngine<DigitRow, DigitPrediction>(model);
        DigitSet digits = DrawnDigits.Draw(100);
        DigitRow[] rows = [.. Enumerable.Range(0, digits.Count).Select(digits.Row)];
        RowProducts products = new(net);
        RowProducts others = products.ForAnotherThread();
        DigitPrediction prediction = new();
        float sink = 0;
        Rounds times = Rounds.Run(
            context.Rounds,
            context.Progress,
            new Candidate(Predict, () => Clock.MedianOfCalls(calls, i => first.Predict(rows[i % rows.Length], ref prediction))),
            new Candidate(Products, () => Clock.MedianOfCalls(calls, _ => sink += products.Run())),
            new Candidate(One, () => Clock.Time(() => PredictAll(first, rows, calls))),
            new Candidate(Two, () => Clock.Time(() => OnTwoThreads(() => PredictAll(first, rows, calls), () => PredictAll(second, rows, calls)))),
            new Candidate(OneBare, () => Clock.Time(() => MultiplyAll(products, calls))),
            new Candidate(TwoBare, () => Clock.Time(() => OnTwoThreads(() => MultiplyAll(products, calls), () => MultiplyAll(others, calls)))));
        GC.KeepAlive(sink);
        MarkdownTable table = new("one row, " + net, "µs");
        foreach (string name in new[] { Predict, Products })
        {
            table.Add(name, (times.Seconds(name) * 1e6).ToString("0.0", CultureInfo.InvariantCulture));
        }

        foreach ((string name, int threads) in new[] { (One, 1), (Two, 2), (OneBare, 1), (TwoBare, 2) })
        {
            table.Add(name + ", per row", (times.Seconds(name) / (threads * calls) * 1e6).ToString("0.0", CultureInfo.InvariantCulture));
        }

        table.Add("managed memory allocated per prediction, bytes", BytesOfCall(first, rows[0], ref prediction, calls).ToString("0", CultureInfo.InvariantCulture));
        return new Findings
        {
            Title = "Scoring single rows",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"`PredictionEngine` on a pipeline of three steps: text label to key, network, key to text. {calls:N0} calls per round, {context.Rounds} rounds. All calls share one prediction object."),
            Tables = [table],
            Figures =
            [
                new Figure("single-row-over-products", times.Ratio(Predict, Products)),
                new Figure("two-engines-speed-up", 2 / times.Ratio(Two, One)),
                new Figure("two-threads-of-products-speed-up", 2 / times.Ratio(TwoBare, OneBare)),
            ],
        };
    }

    private static double BytesOfCall(PredictionEngine<DigitRow, DigitPrediction> engine, DigitRow row, ref DigitPrediction prediction, int calls)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < calls; i++)
        {
            engine.Predict(row, ref prediction);
        }

        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / calls;
    }

    private static void PredictAll(PredictionEngine<DigitRow, DigitPrediction> engine, DigitRow[] rows, int calls)
    {
        DigitPrediction prediction = new();
        for (int i = 0; i < calls; i++)
        {
            engine.Predict(rows[i % rows.Length], ref prediction);
        }
    }

    private static void MultiplyAll(RowProducts products, int calls)
    {
        float sink = 0;
        for (int i = 0; i < calls; i++)
        {
            sink += products.Run();
        }

        GC.KeepAlive(sink);
    }

    private static void OnTwoThreads(Action first, Action second)
    {
        Thread other = new(() => second());
        other.Start();
        first();
        other.Join();
    }
}
