using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Measures how the time of an epoch grows with rows, width and depth, compared with its matrix products alone.</summary>
internal sealed class SweepMeasurement : IMeasurement
{
    private const string Training = "training";
    private const string Products = "products alone";
    private const int BatchSize = 100;

    public string Name => "sweeps";

    public Findings Run(BenchmarkContext context)
    {
        int scale = context.Quick ? 10 : 1;
        NetShape middle = new(100, [240, 240, 240], 10, BatchSize);
        Sweep rows = Measure(context, "rows", [.. new[] { 5_000, 10_000, 20_000, 40_000, 80_000 }.Select(n => new Point(n / scale, middle, n / scale))]);

        // Expensive points have fewer rows, so that all points take about the same time.
        Sweep width = Measure(context, "width", [.. new[] { 30, 60, 120, 240, 480, 960 }.Select(units =>
            new Point(units, middle with { Hidden = [units, units, units] }, Rows(20_000 * 60 / units / scale)))]);
        Sweep depth = Measure(context, "depth", [.. new[] { 1, 2, 4, 8, 16 }.Select(layers =>
            new Point(layers, middle with { Hidden = [.. Enumerable.Repeat(240, layers)] }, Rows(20_000 / layers / scale)))]);
        return new Findings
        {
            Title = "Growth with rows, width and depth",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"An epoch of difference target propagation with 100 columns, 10 classes and batch {BatchSize}. The network has three layers of 240 units, except in the sweeps of width and depth. Medians of {context.Rounds} rounds."),
            Tables = [rows.Table("rows"), width.Table("units in each of 3 layers"), depth.Table("layers of 240 units")],
            Plots =
            [
                rows.Plot("rows", "seconds per epoch", p => p.Seconds, p => p.ProductSeconds),
                width.Plot("units in each of 3 layers", "µs per row", p => p.MicrosecondsARow, p => p.ProductMicrosecondsARow),
                depth.Plot("layers of 240 units", "µs per row", p => p.MicrosecondsARow, p => p.ProductMicrosecondsARow),
            ],
            Figures = [new Figure("row-growth", rows.Growth())],
        };
    }

    private static int Rows(int about) => Math.Max(BatchSize, about / BatchSize * BatchSize);

    private static Sweep Measure(BenchmarkContext context, string name, Point[] points)
    {
        List<Cost> costs = [];

        // The shortest epochs end before .NET has compiled all code with full optimization, so a longer epoch runs first.
        Point longest = points.MaxBy(p => p.Rows)!;
        context.Progress($"{name}: warming up");
        LibraryEpoch.Seconds(new SpeedTable(longest.Rows, longest.Net.Inputs, longest.Net.Outputs), longest.Net, TargetPropLearningRule.DifferenceTargetPropagation);
        foreach (Point point in points)
        {
            SpeedTable table = new(point.Rows, point.Net.Inputs, point.Net.Outputs);
            using BareProducts products = new(StepProducts.TargetPropagation(point.Net, feedbackLearns: true));
            int steps = point.Rows / point.Net.BatchSize;
            Rounds times = Rounds.Run(
                context.Rounds,
                doing => context.Progress(string.Create(CultureInfo.InvariantCulture, $"{name} {point.Value}: {doing}")),
                new Candidate(Training, () => LibraryEpoch.Seconds(table, point.Net, TargetPropLearningRule.DifferenceTargetPropagation)),
                new Candidate(Products, () => Clock.Time(() => products.Run(steps))));
            costs.Add(new Cost(point.Value, point.Rows, times.Seconds(Training), times.Seconds(Products), times.Ratio(Products, Training)));
        }

        return new Sweep(name, costs);
    }

    private sealed record Point(int Value, NetShape Net, int Rows);

    private sealed record Cost(int Value, int Rows, double Seconds, double ProductSeconds, double OfProducts)
    {
        public double MicrosecondsARow => Seconds / Rows * 1e6;

        public double ProductMicrosecondsARow => ProductSeconds / Rows * 1e6;
    }

    private sealed record Sweep(string Name, IReadOnlyList<Cost> Costs)
    {
        /// <summary>Time per row at the last point divided by that at the first; 1 if the time is proportional to the rows.</summary>
        public double Growth() => Costs[^1].MicrosecondsARow / Costs[0].MicrosecondsARow;

        public MarkdownTable Table(string what)
        {
            MarkdownTable table = new(what, "µs per row", "products alone, µs per row", "products / training");
            foreach (Cost cost in Costs)
            {
                table.Add(
                    cost.Value.ToString("N0", CultureInfo.InvariantCulture),
                    cost.MicrosecondsARow.ToString("0.00", CultureInfo.InvariantCulture),
                    cost.ProductMicrosecondsARow.ToString("0.00", CultureInfo.InvariantCulture),
                    cost.OfProducts.ToString("0.00", CultureInfo.InvariantCulture));
            }

            return table;
        }

        public NamedPlot Plot(string what, string unit, Func<Cost, double> training, Func<Cost, double> products)
        {
            Plot plot = new();
            double[] values = [.. Costs.Select(c => Math.Log10(c.Value))];
            plot.Add.Scatter(values, Costs.Select(c => Math.Log10(training(c))).ToArray()).LegendText = "training";
            plot.Add.Scatter(values, Costs.Select(c => Math.Log10(products(c))).ToArray()).LegendText = "its products alone";
            LogAxis.Use(plot.Axes.Bottom, Costs.Select(c => (double)c.Value));
            LogAxis.Use(plot.Axes.Left, Costs.SelectMany(c => new[] { training(c), products(c) }));
            plot.Title($"Time of an epoch by {Name}, difference target propagation");
            plot.XLabel(what);
            plot.YLabel(unit);
            plot.ShowLegend(Alignment.UpperLeft);
            return new NamedPlot(Name, $"Time of an epoch by {Name}, difference target propagation", plot);
        }
    }
}
