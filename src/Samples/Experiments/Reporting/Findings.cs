using System.Text;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>The findings of a study or a measurement, ready to be shown.</summary>
internal sealed record Findings
{
    /// <summary>The headline.</summary>
    public required string Title { get; init; }

    /// <summary>What was measured, on which data, and how often: enough to read the tables.</summary>
    public required string Text { get; init; }

    /// <summary>The tables.</summary>
    public required IReadOnlyList<MarkdownTable> Tables { get; init; }

    /// <summary>A short table for the README, or null.</summary>
    public MarkdownTable? Summary { get; init; }

    /// <summary>The plots.</summary>
    public IReadOnlyList<NamedPlot> Plots { get; init; } = [];

    /// <summary>Rows of plots with explanations, for a study that also makes a page for a browser.</summary>
    public IReadOnlyList<PictureRow> Pictures { get; init; } = [];

    /// <summary>All plots, in their order.</summary>
    public IEnumerable<NamedPlot> AllPlots => Plots.Concat(Pictures.SelectMany(p => p.Plots));

    /// <summary>The headline figures.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>Text, tables, plots and figures as Markdown, without the headline.</summary>
    /// <param name="pictureOf">Returns the path of the picture of a plot.</param>
    public string ToMarkdown(Func<NamedPlot, string> pictureOf)
    {
        StringBuilder text = new(Text.Trim());
        foreach (MarkdownTable table in Tables)
        {
            text.Append("\n\n").Append(table.ToString().TrimEnd());
        }

        foreach (NamedPlot plot in Plots)
        {
            text.Append($"\n\n![{plot.Caption}]({pictureOf(plot)})");
        }

        foreach (PictureRow row in Pictures)
        {
            text.Append($"\n\n{row.Meaning}\n\n").AppendJoin('\n', row.Plots.Select(plot => $"![{plot.Caption}]({pictureOf(plot)})"));
        }

        if (Figures.Count > 0)
        {
            text.Append("\n\n```\n").AppendJoin('\n', Figures).Append("\n```");
        }

        return text.Append('\n').ToString().ReplaceLineEndings("\n");
    }
}
