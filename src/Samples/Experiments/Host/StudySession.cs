using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>One study from the command line to its report: plans, runs the missing trials, writes and shows the results.</summary>
internal static class StudySession
{
    // 128 + SIGINT: the exit code that shells expect of a program stopped by Ctrl+C.
    private const int StoppedExitCode = 130;
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    /// <summary>Runs a study and returns the exit code: 0, 1 with a message, or 130 after Ctrl+C.</summary>
    /// <param name="study">The study.</param>
    /// <param name="request">The kind of run.</param>
    /// <param name="output">The folder below which each study has a folder of its own.</param>
    /// <param name="document">A document that receives the section of this study, or null.</param>
    /// <param name="console">Shows progress and results.</param>
    /// <param name="error">Receives the message when the study fails.</param>
    /// <param name="cancellationToken">Stops the study; the results of finished trials stay stored.</param>
    public static int Execute(
        IStudy study, StudyRequest request, string output, string? document, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            string folder = Path.Combine(output, request.FolderName(study));
            StudyPlan plan = study.Plan(request);
            if (document is not null && plan.Missing is not null)
            {
                throw new SampleException($"--write needs all data of this study. {plan.Missing}");
            }

            Findings report = Run(study, plan, folder, console, cancellationToken);
            ReportWriter.WriteFolder(report, folder);
            if (document is not null)
            {
                ReportWriter.WriteDocument(report, study, document);
            }

            Show(report, folder, document, console);
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            error.WriteLine("Stopped. Finished trials are stored; the same command continues from there.");
            return StoppedExitCode;
        }
        catch (Exception e) when (e is SampleException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 1;
        }
    }

    private static Findings Run(IStudy study, StudyPlan plan, string folder, IAnsiConsole console, CancellationToken cancellationToken)
    {
        ResultStore store = ResultStore.Open(Path.Combine(folder, "results.json"), study.Name);
        IReadOnlyList<TrialResult> RunAll(IStudyProgress progress) => new StudyRunner(store, progress, cancellationToken).Run(plan.Trials, folder);

        bool live = console.Profile.Capabilities is { Interactive: true, Ansi: true };
        IReadOnlyList<TrialResult> results = live
            ? LiveProgress.Run(console, study.Name, RunAll)
            : RunAll(new PlainProgress(line => WriteRaw(console, line), BetweenLines));
        return plan.Report(results);
    }

    private static void Show(Findings report, string folder, string? document, IAnsiConsole console)
    {
        WriteRaw(console, $"\n{report.Title}\n\n{report.Text.Trim()}");
        foreach (MarkdownTable table in report.Tables)
        {
            WriteRaw(console, "\n" + table.ToString().TrimEnd());
        }

        WriteRaw(console, $"\nWritten: {Path.Combine(folder, "report.md")}{(report.AllPlots.Any() ? ", the plots beside it as PNG and SVG" : "")}, results.json");
        if (report.Pictures.Count > 0)
        {
            WriteRaw(console, $"For a browser: {Path.Combine(folder, ReportWriter.PageName)}");
        }

        if (document is not null)
        {
            WriteRaw(console, $"Written: {document}");
        }

        WriteRaw(console, "");
        foreach (Figure figure in report.Figures)
        {
            WriteRaw(console, figure.ToString());
        }
    }

    // Spectre breaks lines at the width of the terminal, which would destroy a Markdown table or a figure line.
    private static void WriteRaw(IAnsiConsole console, string text) => console.Profile.Out.Writer.WriteLine(text);
}
