using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>What a study has found, ready to be shown.</summary>
internal sealed record StudyReport
{
    /// <summary>A headline.</summary>
    public required string Title { get; init; }

    /// <summary>What was done, on which data, how often: enough to read the tables by.</summary>
    public required string Text { get; init; }

    /// <summary>The tables.</summary>
    public required IReadOnlyList<MarkdownTable> Tables { get; init; }

    /// <summary>The plots.</summary>
    public IReadOnlyList<NamedPlot> Plots { get; init; } = [];

    /// <summary>The numbers that are told to machines.</summary>
    public required IReadOnlyList<Figure> Figures { get; init; }
}
