namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>Plots that are looked at side by side: the same thing of different trainings, on the same axes.</summary>
/// <param name="Heading">The question that they answer.</param>
/// <param name="Meaning">One sentence on what is to be seen.</param>
/// <param name="Plots">The plots, from left to right.</param>
internal sealed record PictureRow(string Heading, string Meaning, IReadOnlyList<NamedPlot> Plots);
