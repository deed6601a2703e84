using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Measures duration and memory of Fit on tables of 300 to 100,000 rows, beside ML.NET's trainers, each in a process of its own on one core.</summary>
internal sealed class TablesMeasurement : IMeasurement
{
    private const int Rounds = 3;

    /// <summary>A cell that has taken this long is not measured again.</summary>
    private const double LongSeconds = 120;

    private static readonly int[] Sizes = [300, 1_000, 3_000, 10_000, 32_000, 100_000];

    private static readonly string[] Tables = [MixedTable.Census, MixedTable.Air];

    public string Name => "tables";

    public Findings Run(BenchmarkContext context)
    {
        int[] sizes = context.Quick ? Sizes[..3] : Sizes;
        Cell[] cells =
        [
            .. from table in Tables
               from rows in sizes
               from trainer in TableFit.Trainers.Append(TableFit.RowsAlone)
               select Measure(context, table, rows, trainer),
        ];
        return new Findings
        {
            Title = "Fit on tables, on one core",
            Text = $"""
                Default options, {(context.Quick ? "one process each" : $"medians of {Rounds} processes, of fewer where they take longer than {LongSeconds:0} s together")}; {OwnProcess.OneCoreMethod}.
                A process makes the rows, trains on 300 of them, which loads libraries and compiles code ("first"), and then on all; Sdca after NormalizeMeanVariance. Peak memory is
                that of the whole process with the rows; "{TableFit.RowsAlone}" is a process that trains nothing. Errors are on 10,000 other rows.

                {string.Join("\n", Tables.Select(t => $"- {t}: {MixedTable.Describe(t)}."))}
                """,
            Tables = [.. Tables.SelectMany(t => MarkdownTables(t, sizes, cells))],
            Plots = [.. Tables.Select(t => Plot(t, sizes, cells))],
            Figures = [.. Figures(cells)],
        };
    }

    private static Cell Measure(BenchmarkContext context, string table, int rows, string trainer)
    {
        List<TableFit.Result> results = [];
        double spent = 0;
        while (results.Count == 0 || (results.Count < Rounds && !context.Quick && trainer != TableFit.RowsAlone && spent * (results.Count + 1) / results.Count < LongSeconds))
        {
            context.Progress(string.Create(CultureInfo.InvariantCulture, $"{table}, {rows:N0} rows, {trainer}, round {results.Count + 1}"));
            spent += Clock.Time(() => results.Add(TableFit.Result.Parse(
                OwnProcess.RunOnOneCore(TableFit.Command, table, trainer, rows.ToString(CultureInfo.InvariantCulture)))));
        }

        return new Cell(table, rows, trainer, new TableFit.Result(
            Median(results, r => r.FirstSeconds), Median(results, r => r.Seconds), Median(results, r => r.PeakBytes), Median(results, r => r.Error)));
    }

    private static double Median(List<TableFit.Result> results, Func<TableFit.Result, double> figure) => Harness.Rounds.Median(results.Select(figure));

    private static IEnumerable<MarkdownTable> MarkdownTables(string table, int[] sizes, Cell[] cells)
    {
        MarkdownTable seconds = new([$"{table}, Fit, s", .. TableFit.Trainers]);
        seconds.Add(["300, first", .. TableFit.Trainers.Select(t => Text(Of(cells, table, sizes[0], t).FirstSeconds, "0.00"))]);
        MarkdownTable memory = new([$"{table}, peak memory, MB", .. TableFit.Trainers, TableFit.RowsAlone]);
        MarkdownTable error = new([$"{table}, {(table == MixedTable.Census ? "error, %" : "root mean squared error")}", .. TableFit.Trainers]);
        foreach (int rows in sizes)
        {
            string name = rows.ToString("N0", CultureInfo.InvariantCulture);
            seconds.Add([name, .. TableFit.Trainers.Select(t => Text(Of(cells, table, rows, t).Seconds, "0.00"))]);
            memory.Add([name, .. TableFit.Trainers.Append(TableFit.RowsAlone).Select(t => Text(Of(cells, table, rows, t).PeakBytes / 1e6, "0"))]);
            error.Add([name, .. TableFit.Trainers.Select(t => Of(cells, table, rows, t).Error).Select(e => table == MixedTable.Census ? Text(100 * e, "0.0") : Text(e, "0.0"))]);
        }

        return [seconds, memory, error];
    }

    private static NamedPlot Plot(string table, int[] sizes, Cell[] cells)
    {
        Plot plot = new();
        double[] rows = [.. sizes.Select(s => Math.Log10(s))];
        foreach (string trainer in TableFit.Trainers)
        {
            plot.Add.Scatter(rows, sizes.Select(s => Math.Log10(Of(cells, table, s, trainer).Seconds)).ToArray()).LegendText = trainer;
        }

        LogAxis.Use(plot.Axes.Bottom, sizes.Select(s => (double)s));
        LogAxis.Use(plot.Axes.Left, TableFit.Trainers.SelectMany(t => sizes.Select(s => Of(cells, table, s, t).Seconds)));
        plot.Title($"Fit on one core, {table}");
        plot.XLabel("rows");
        plot.YLabel("s");
        plot.ShowLegend(Edge.Right);
        return new NamedPlot(
            "tables-" + table,
            $"Seconds of Fit against rows on a {table} table, one core, default options of each trainer, medians; both axes are logarithmic. Command: table --only tables", plot);
    }

    private static IEnumerable<Figure> Figures(Cell[] cells)
    {
        foreach (Cell cell in cells.Where(c => c.Trainer == TableFit.Trainers[0]))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{cell.Table}-{cell.Rows}");
            yield return new Figure("fit-seconds-" + name, cell.Result.Seconds);
            yield return new Figure("fit-over-lightgbm-" + name, cell.Result.Seconds / Of(cells, cell.Table, cell.Rows, "LightGbm").Seconds);
            yield return new Figure("peak-megabytes-" + name, cell.Result.PeakBytes / 1e6);
        }
    }

    private static TableFit.Result Of(Cell[] cells, string table, int rows, string trainer) =>
        cells.Single(c => c.Table == table && c.Rows == rows && c.Trainer == trainer).Result;

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Cell(string Table, int Rows, string Trainer, TableFit.Result Result);
}
