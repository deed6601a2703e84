namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>Plots side by side: the same quantity of different trainings, on the same axes.</summary>
/// <param name="Heading">The question that the plots answer.</param>
/// <param name="Meaning">The quantity and how to read it.</param>
/// <param name="Plots">The plots, from left to right.</param>
internal sealed record PictureRow(string Heading, string Meaning, IReadOnlyList<NamedPlot> Plots);
