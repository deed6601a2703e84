namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>Digits with gaps, and how the model fills them.</summary>
/// <param name="Whole">The digits.</param>
/// <param name="Given">What is left of them, NaN where a pixel is missing.</param>
/// <param name="Steps">From the start, which is noise, to the result as sampled; all the digits in each.</param>
/// <param name="Expected">The result as expected value.</param>
internal sealed record Completions(float[][] Whole, float[][] Given, IReadOnlyList<float[][]> Steps, float[][] Expected)
{
    /// <summary>As many refillings as the slides' experiments had.</summary>
    public const int Rounds = 15;

    /// <summary>Cuts digits, another gap for each in turn, and completes them.</summary>
    public static Completions Of(TargetPropGenerativeModel model, float[][] whole, int seed)
    {
        float[][] given = [.. whole.Select((ink, i) => PictureGap.All[i % PictureGap.All.Count].Cut(ink, i))];
        return new Completions(whole, given, model.CompletionSteps(given, TargetPropInpaintingOutput.Sample, seed, Rounds), model.Complete(given));
    }
}
