using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Compares Transform on many rows with the matrix products of the forward pass alone.</summary>
internal sealed class TransformMeasurement : IMeasurement
{
    private const int BatchSize = 512;
    private const string Transform = "Transform and reading every Score";
    private const string Products = "products of the forward pass alone";
    private const string Reading = "reading the rows alone";

    public string Name => "transform";

    public Findings Run(BenchmarkContext context)
    {
        int batches = context.Quick ? 4 : 20;
        MarkdownTable table = new("µs per row", Transform, Products, Reading, "products / Transform");
        Rounds paper = Measure(context, NetShape.Paper, batches, table);
        Rounds @default = Measure(context, new NetShape(784, [500, 500, 500], 10, BatchSize), batches, table);
        return new Findings
        {
            Title = "Scoring many rows",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"`Transform` of {batches * BatchSize:N0} rows in memory, with a cursor that reads every Score, compared with the matrix products of the forward pass in batches of {BatchSize}. Medians of {context.Rounds} rounds."),
            Tables = [table],
            Figures =
            [
                new Figure("transform-of-products", paper.Ratio(Products, Transform)),
                new Figure("transform-of-products-default", @default.Ratio(Products, Transform)),
            ],
        };
    }

    private static Rounds Measure(BenchmarkContext context, NetShape net, int batches, MarkdownTable table)
    {
        int rows = batches * BatchSize;
        SpeedTable speed = new(rows, net.Inputs, net.Outputs);
        MLContext mlContext = new(seed: 1);
        IDataView view = speed.ToDataView(mlContext);
        TargetPropMulticlassTransformer model = mlContext.MulticlassClassification.Trainers
            .TargetPropClassifier(hiddenUnits: net.Hidden, maxEpochs: 1)
            .Fit(speed.ToDataView(mlContext, rows: BatchSize));
        using BareProducts products = new(StepProducts.Forward(net with { BatchSize = BatchSize }));
        Rounds times = Rounds.Run(
            context.Rounds,
            context.Progress,
            new Candidate(Transform, () => Clock.Time(() => ReadVectors(model.Transform(view), "Score", rows))),
            new Candidate(Products, () => Clock.Time(() => products.Run(batches))),
            new Candidate(Reading, () => Clock.Time(() => ReadVectors(view, "Features", rows))));
        string MicrosecondsOf(string name) => (times.Seconds(name) / rows * 1e6).ToString("0.00", CultureInfo.InvariantCulture);
        table.Add(
            net.ToString(), MicrosecondsOf(Transform), MicrosecondsOf(Products), MicrosecondsOf(Reading), times.Ratio(Products, Transform).ToString("0.00", CultureInfo.InvariantCulture));
        return times;
    }

    private static void ReadVectors(IDataView view, string column, int rows)
    {
        DataViewSchema.Column read = view.Schema[column];
        using DataViewRowCursor cursor = view.GetRowCursor([read]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(read);
        VBuffer<float> values = default;
        int seen = 0;
        while (cursor.MoveNext())
        {
            get(ref values);
            seen++;
        }

        if (seen != rows)
        {
            throw new InvalidOperationException($"Found {seen} rows, expected {rows}.");
        }
    }
}
