namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The variances of the hidden layers in J. They cannot be learned: the code is a point and not a distribution, so J would grow without
/// bound as the hidden layers shrink towards what the layer above says of them. They need not be either, since the steps of the E-step state
/// them. The estimator is σ² times a gradient, σ being the noise that the maps were trained with; δ times the estimator plus
/// λ (g_{k+1}(h_{k+1}) − h_k) is then the direction δσ² ∂J/∂h_k for the one variance of p(h_k | h_{k+1}) that gives λ = δσ² / variance. In the
/// same way α (f_k(h_{k−1}) − h_k) states δσ² for q (algorithms, §5).
/// </summary>
internal static class StatedVariances
{
    /// <summary>Variance of p(h_k | h_{k+1}) for a hidden layer k, δσ² / λ; null where nothing is stated: then the measured one has to do.</summary>
    public static double? Generation(InferenceSettings settings, double noise) =>
        settings.TopDownStep > 0 && noise > 0 ? settings.Step * noise * noise / settings.TopDownStep : null;

    /// <summary>Variance of q(h_k | h_{k−1}), δσ²; null where nothing is stated.</summary>
    public static double? Inference(InferenceSettings settings, double noise) => noise > 0 ? settings.Step * noise * noise : null;
}
