namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>Digits with gaps and their completions.</summary>
/// <param name="Whole">The original digits.</param>
/// <param name="Given">The observed pixels; NaN for a missing pixel.</param>
/// <param name="Steps">All digits at the start, after each round, and as the sampled result. The start is noise.</param>
/// <param name="Expected">The digits filled with expected values.</param>
internal sealed record Completions(float[][] Whole, float[][] Given, IReadOnlyList<float[][]> Steps, float[][] Expected)
{
    /// <summary>The number of rounds in the slides (see docs/algorithm.md).</summary>
    public const int Rounds = 15;

    /// <summary>Cuts the gaps of <see cref="PictureGap.All"/> into the digits in turn, and completes them.</summary>
    public static Completions Of(TargetPropGenerativeModel model, float[][] whole, int seed)
    {
        float[][] given = [.. whole.Select((ink, i) => PictureGap.All[i % PictureGap.All.Count].Cut(ink, i))];
        return new Completions(whole, given, model.CompletionSteps(given, TargetPropInpaintingOutput.Sample, seed, Rounds), model.Complete(given));
    }
}
