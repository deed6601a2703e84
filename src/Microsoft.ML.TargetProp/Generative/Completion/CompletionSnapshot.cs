using Microsoft.ML.TargetProp.Supervised;


namespace Microsoft.ML.TargetProp.Generative;

/// <summary>What a model has learned about completing rows, in plain arrays.</summary>
/// <param name="ImageWidth">Pixels in a line of the picture that the first columns are; 0 when they are none.</param>
/// <param name="ImageHeight">Its lines; 0 for as many whole lines as there are columns for.</param>
/// <param name="Start">Where missing entries start.</param>
/// <param name="Inference">f_1 to f_R, one for each round: what is there, and which of it is missing, to a code.</param>
/// <param name="Refill">g_1 to g_R: the code to how far each entry is off.</param>
/// <param name="Trust">The part of each round's correction that helped most on rows that were not learned from, 0 to 1.</param>
/// <param name="ErrorScale">Per column, the squared error of completed entries over what <see cref="CompletionModel.Spread"/> expects.</param>
internal sealed record CompletionSnapshot(
    int ImageWidth, int ImageHeight, GaussianParameters Start, IReadOnlyList<MapSnapshot> Inference, IReadOnlyList<MapSnapshot> Refill, float[] Trust, float[] ErrorScale)
{
    /// <summary>Units of the code of every round.</summary>
    public IReadOnlyList<int> HiddenUnits => [.. Inference.Select(f => f.Shape.Outputs)];
}
