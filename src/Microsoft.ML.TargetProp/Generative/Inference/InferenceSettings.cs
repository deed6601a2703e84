namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The E-step: its length, its step sizes and its direction. Part of a trained model, because the maps were learned with it.</summary>
/// <param name="Iterations">N, 1 to 50. 15 in the paper.</param>
/// <param name="Step">δ, the step along the estimator of the layer below, in (0, 1]. 0.1 in the paper.</param>
/// <param name="TopDownStep">λ, the pull of the layer above, in [0, 1]. 0.001 in the paper.</param>
/// <param name="InferenceWeight">α, the weight of the q terms, in [0, 1]. 0 in the paper.</param>
/// <param name="Direction">The estimator or the gradient itself.</param>
/// <param name="PriorStep">
/// δσ², the pull of p(h_M) on the top code of a trained model, in [0, 1]. 0 in the paper, which leaves this term of the objective out at the top
/// layer. The default follows from δ = 0.1 and a noise of 0.2. Training uses it only with a Laplace prior, because the other priors do not exist
/// before the codes do.
/// </param>
/// <param name="Tolerance">
/// A row stops when an iteration raises its objective by less than this part of the increase of its first iteration
/// (<see cref="ConvergenceMonitor"/>), in [0, 1). 0 for never.
/// </param>
internal sealed record InferenceSettings(
    int Iterations = 15, double Step = 0.1, double TopDownStep = 0.001, double InferenceWeight = 0,
    TargetPropInferenceDirection Direction = TargetPropInferenceDirection.Estimator, double PriorStep = 0.004, double Tolerance = 0)
{
    /// <summary>Most iterations allowed.</summary>
    public const int MaxIterations = 50;

    /// <summary>Fewest iterations that cover the same distance with steps of at most 1.</summary>
    public int MinIterations => Math.Max(1, (int)Math.Ceiling(Iterations * LongestStep - 1e-9));

    /// <summary>The longest of the four steps.</summary>
    public double LongestStep => Math.Max(Math.Max(Step, TopDownStep), Math.Max(InferenceWeight, PriorStep));

    /// <summary>
    /// Rescales the step sizes so that <paramref name="iterations"/> iterations cover the same distance: δ, λ, α and the prior's step times N stay
    /// constant. Clamped to 1.
    /// </summary>
    public InferenceSettings In(int iterations)
    {
        var factor = (double)Iterations / iterations;
        return this with
        {
            Iterations = iterations, Step = Scaled(Step), TopDownStep = Scaled(TopDownStep), InferenceWeight = Scaled(InferenceWeight), PriorStep = Scaled(PriorStep),
        };

        double Scaled(double step) => Math.Min(1, factor * step);
    }

    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public void Check()
    {
        InRange(Iterations is >= 1 and <= MaxIterations, Iterations, nameof(Iterations), $"1 to {MaxIterations}");
        InRange(Step > 0 && Step <= 1, Step, nameof(Step), "(0, 1]");
        InRange(TopDownStep is >= 0 and <= 1, TopDownStep, nameof(TopDownStep), "[0, 1]");
        InRange(InferenceWeight is >= 0 and <= 1, InferenceWeight, nameof(InferenceWeight), "[0, 1]");
        InRange(Enum.IsDefined(Direction), (double)Direction, nameof(Direction), "0 to 1");
        InRange(PriorStep is >= 0 and <= 1, PriorStep, nameof(PriorStep), "[0, 1]");
        InRange(Tolerance is >= 0 and < 1, Tolerance, nameof(Tolerance), "[0, 1)");
    }

    private static void InRange(bool isInRange, double value, string name, string range)
    {
        if (!isInRange)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be in {range}.");
    }
}
