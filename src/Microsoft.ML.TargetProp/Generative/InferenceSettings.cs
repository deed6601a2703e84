namespace Microsoft.ML.TargetProp.Generative;

/// <summary>How the E-step moves; part of a trained model, since its maps were learned with it.</summary>
/// <param name="Iterations">N, 1 to 50. 15 in the paper.</param>
/// <param name="Step">δ, the step along the estimator of the layer below, in (0, 1]. 0.1 in the paper.</param>
/// <param name="TopDownStep">λ, the pull of the layer above, in [0, 1]. 0.001 in the paper.</param>
/// <param name="InferenceWeight">α, the weight of the q terms, in [0, 1]. 0 in the paper.</param>
internal sealed record InferenceSettings(int Iterations = 15, double Step = 0.1, double TopDownStep = 0.001, double InferenceWeight = 0)
{
    /// <summary>The most iterations that may be asked for.</summary>
    public const int MostIterations = 50;
}
