using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>Writes the findings of a study into files.</summary>
internal static class ReportWriter
{
    /// <summary>File name of the page for a browser.</summary>
    public const string PageName = "report.html";

    /// <summary>The page that receives the short table of a study.</summary>
    private const string Readme = "README.md";

    /// <summary>Folder of a document's pictures, relative to the document.</summary>
    private const string DocumentPictures = "images";

    /// <summary>The page of a study in the documentation, relative to the root of the repository.</summary>
    public static string PageOf(IStudy study) => $"docs/experiments/{study.Name}.md";

    /// <summary>Writes report.md and the plots (PNG and SVG) into a folder, and report.html if the findings have pictures for a page.</summary>
    public static void WriteFolder(Findings report, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (NamedPlot plot in report.AllPlots)
        {
            plot.Save(folder);
        }

        File.WriteAllText(Path.Combine(folder, "report.md"), $"# {report.Title}\n\n{report.ToMarkdown(plot => plot.Name + ".png")}");
        if (report.Summary is { } summary)
        {
            File.WriteAllText(Path.Combine(folder, "summary.md"), summary.ToString());
        }

        if (report.Pictures.Count > 0)
        {
            File.WriteAllText(Path.Combine(folder, PageName), HtmlPage.Of(report));
        }
    }

    /// <summary>
    /// Writes the study's section of a document, and the pictures into a folder beside it. With the page of the study, the README's section of that name
    /// receives the short table.
    /// </summary>
    public static void WriteDocument(Findings report, IStudy study, string path)
    {
        string pictures = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, DocumentPictures);
        Directory.CreateDirectory(pictures);
        foreach (NamedPlot plot in report.AllPlots)
        {
            (plot with { Name = FileName(study, plot) }).SavePng(pictures);
        }

        string text = $"## {report.Title}\n\n`dotnet run -c Release --project src/Samples/Experiments -- {study.Name}`\n\n"
            + report.ToMarkdown(plot => $"{DocumentPictures}/{FileName(study, plot)}.png");
        MarkedSection.Write(path, study.Name, text);
        if (path == PageOf(study))
        {
            WriteSummary(report, study, Readme);
        }
    }

    /// <summary>Writes the short table of a study into the section of a document that has its name; without such a section nothing is written.</summary>
    public static void WriteSummary(Findings report, IStudy study, string path)
    {
        if (report.Summary is { } summary && File.Exists(path) && MarkedSection.IsIn(File.ReadAllText(path), study.Name))
        {
            MarkedSection.Write(path, study.Name, summary.ToString());
        }
    }

    private static string FileName(IStudy study, NamedPlot plot) => $"{study.Name}-{plot.Name}";
}
