using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Measurements;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Benchmarks;

/// <summary>Runs measurements, prints each result at once, and prints all headline figures at the end.</summary>
internal sealed class TableCommand
{
    /// <summary>The folder of the document's pictures, relative to the document.</summary>
    private const string DocumentPictures = "images/performance";

    private readonly IAnsiConsole _console;
    private readonly string _output;
    private readonly string? _document;

    /// <param name="console">Receives the results.</param>
    /// <param name="output">The folder for plots.</param>
    /// <param name="document">The document for the results, or null.</param>
    public TableCommand(IAnsiConsole console, string output, string? document)
    {
        _console = console;
        _output = output;
        _document = document;
    }

    /// <summary>All measurements in the order of execution.</summary>
    public static IReadOnlyList<IMeasurement> All { get; } =
    [
        new TrainingMeasurement("training", NetShape.Paper, rows: 12_000, quickRows: 6_000),
        new TrainingMeasurement("training-wide", NetShape.Wide, rows: 3_840, quickRows: 2_560, suffix: "-wide"),
        new TrainingMeasurement("training-small", NetShape.Small, rows: 64_000, quickRows: 6_400, suffix: "-small"),
        new TransformMeasurement(),
        new SingleRowMeasurement(),
        new InferenceMeasurement(),
        new LoadMeasurement(),
        new StartUpMeasurement(),
        new SweepMeasurement(),
        new PeersMeasurement(),
        new TablesMeasurement(),
        new GpuMeasurement(),
    ];

    public int Run(IReadOnlyList<IMeasurement> measurements, bool quick, string? data)
    {
        string machine = Machine.Describe();
        WriteRaw(machine);
        if (_document is not null && measurements.Any(m => m.Obstacle is null && !m.HasItsOwnMachine))
        {
            MarkedSection.Write(_document, "machine", machine);
        }

        List<Figure> figures = [];
        foreach (IMeasurement measurement in measurements)
        {
            if (measurement.Obstacle is { } obstacle)
            {
                WriteRaw($"\n{measurement.Name} is skipped: {obstacle}");
                continue;
            }

            Findings findings = Measure(measurement, quick, data);
            Show(findings);
            Write(measurement, findings);
            figures.AddRange(findings.Figures);
        }

        WriteRaw("");
        figures.ForEach(figure => WriteRaw(figure.ToString()));
        return 0;
    }

    private Findings Measure(IMeasurement measurement, bool quick, string? data)
    {
        if (_console.Profile.Capabilities is { Interactive: true, Ansi: true })
        {
            return _console.Status().Start(
                measurement.Name,
                status => measurement.Run(new BenchmarkContext(quick, data, doing => status.Status(Markup.Escape($"{measurement.Name}: {doing}")))));
        }

        WriteRaw($"\nmeasuring {measurement.Name}");
        return measurement.Run(new BenchmarkContext(quick, data, _ => { }));
    }

    private void Show(Findings findings)
    {
        WriteRaw($"\n{findings.Title}\n\n{findings.Text}");
        foreach (MarkdownTable table in findings.Tables)
        {
            WriteRaw("\n" + table.ToString().TrimEnd());
        }
    }

    private void Write(IMeasurement measurement, Findings findings)
    {
        SavePlots(findings, _output);
        if (_document is null)
        {
            return;
        }

        SavePlots(findings, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_document))!, DocumentPictures));
        MarkedSection.Write(
            _document, measurement.Name, $"### {findings.Title}\n\n{findings.ToMarkdown(plot => $"{DocumentPictures}/{plot.Name}.png")}");
    }

    private void SavePlots(Findings findings, string folder)
    {
        foreach (NamedPlot plot in findings.Plots)
        {
            Directory.CreateDirectory(folder);
            plot.SavePng(folder);
            WriteRaw($"Written: {Path.Combine(folder, plot.Name + ".png")}");
        }
    }

    // Spectre.Console would break the lines of Markdown tables and figures at the width of the terminal.
    private void WriteRaw(string text) => _console.Profile.Out.Writer.WriteLine(text);
}
