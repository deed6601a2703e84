using Microsoft.ML.TargetProp.Networks;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The factorised Gaussian over the top layer (algorithms, §5).</summary>
/// <param name="Mean">Mean of every top unit, <c>[units of layer M]</c>.</param>
/// <param name="Deviation">Standard deviation of every top unit.</param>
internal sealed record TopPrior(float[] Mean, float[] Deviation);

/// <summary>A generative model in plain arrays: what an archive holds and what a live model is made from.</summary>
/// <param name="Shape">The layers.</param>
/// <param name="Standardization">Offset 0 and scale 1 in logistic columns.</param>
/// <param name="Inference">f_1 to f_M.</param>
/// <param name="Generation">g_1 to g_M.</param>
/// <param name="Variances">Variance of p(h_{k−1} | h_k) per unit, k = 1 to M.</param>
/// <param name="Prior">p(h_M).</param>
internal sealed record GenerativeSnapshot(
    GenerativeShape Shape, Standardization Standardization, IReadOnlyList<MapSnapshot> Inference, IReadOnlyList<MapSnapshot> Generation,
    float[] Variances, TopPrior Prior);
