using System.Text;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>What was found, ready to be shown.</summary>
internal sealed record Findings
{
    /// <summary>A headline.</summary>
    public required string Title { get; init; }

    /// <summary>What was done, on which data, how often: enough to read the tables by.</summary>
    public required string Text { get; init; }

    /// <summary>The tables.</summary>
    public required IReadOnlyList<MarkdownTable> Tables { get; init; }

    /// <summary>The plots.</summary>
    public IReadOnlyList<NamedPlot> Plots { get; init; } = [];

    /// <summary>Plots with what they mean, for a study that also makes a page to look at.</summary>
    public IReadOnlyList<PictureRow> Pictures { get; init; } = [];

    /// <summary>All plots, in their order.</summary>
    public IEnumerable<NamedPlot> AllPlots => Plots.Concat(Pictures.SelectMany(p => p.Plots));

    /// <summary>The numbers that are told to machines.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>Text, tables, plots and figures as Markdown, without the headline.</summary>
    /// <param name="pictureOf">Where the picture of a plot is.</param>
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
