using Microsoft.ML.TargetProp.Supervised;


namespace Microsoft.ML.TargetProp.Generative;

/// <summary>A generative model in plain arrays: what an archive holds and what a live model is made from.</summary>
/// <param name="Shape">The layers.</param>
/// <param name="Visible">The units of the visible columns.</param>
/// <param name="Settings">How the E-step moved in training.</param>
/// <param name="Inference">f_1 to f_M.</param>
/// <param name="Generation">g_1 to g_M.</param>
/// <param name="InferenceVariances">Variance of q(h_k | h_{k−1}) per unit of layer k, k = 1 to M.</param>
/// <param name="GenerationVariances">Variance of p(h_{k−1} | h_k) per unit of layer k − 1, k = 1 to M.</param>
/// <param name="Prior">p(h_M).</param>
/// <param name="Completion">Maps that were trained to complete rows; null when the model completes them with those above alone.</param>
internal sealed record GenerativeSnapshot(
    GenerativeShape Shape, VisibleScale Visible, InferenceSettings Settings, IReadOnlyList<MapSnapshot> Inference,
    IReadOnlyList<MapSnapshot> Generation, IReadOnlyList<float[]> InferenceVariances, IReadOnlyList<float[]> GenerationVariances, PriorParameters Prior,
    CompletionSnapshot? Completion = null);
