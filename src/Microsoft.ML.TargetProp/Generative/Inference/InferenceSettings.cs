namespace Microsoft.ML.TargetProp.Generative;

/// <summary>How the E-step moves; part of a trained model, since its maps were learned with it.</summary>
/// <param name="Iterations">N, 1 to 50. 15 in the paper.</param>
/// <param name="Step">δ, the step along the estimator of the layer below, in (0, 1]. 0.1 in the paper.</param>
/// <param name="TopDownStep">λ, the pull of the layer above, in [0, 1]. 0.001 in the paper.</param>
/// <param name="InferenceWeight">α, the weight of the q terms, in [0, 1]. 0 in the paper.</param>
/// <param name="Direction">The estimator or the gradient itself.</param>
/// <param name="PriorStep">
/// δσ², the pull of p(h_M) on the top code of a trained model, in [0, 1]; 0 in the paper, whose top layer leaves this term of J out. The default
/// is that of δ = 0.1 and a noise of 0.2. Training itself does without, but for a Laplace prior: there is no other yet.
/// </param>
/// <param name="Tolerance">A row stops when an iteration adds less to J than this part of what its first one added (<see cref="ConvergenceMonitor"/>), in [0, 1); 0 for never.</param>
internal sealed record InferenceSettings(
    int Iterations = 15, double Step = 0.1, double TopDownStep = 0.001, double InferenceWeight = 0,
    TargetPropInferenceDirection Direction = TargetPropInferenceDirection.Estimator, double PriorStep = 0.004, double Tolerance = 0)
{
    /// <summary>The most iterations that may be asked for.</summary>
    public const int MostIterations = 50;

    /// <summary>The fewest iterations that go as far in all with steps of at most 1.</summary>
    public int FewestIterations => Math.Max(1, (int)Math.Ceiling(Iterations * LongestStep - 1e-9));

    /// <summary>The longest of the steps.</summary>
    public double LongestStep => Math.Max(Math.Max(Step, TopDownStep), Math.Max(InferenceWeight, PriorStep));

    /// <summary>
    /// The same way in another number of iterations, whose steps are longer in proportion: δ, λ, α and the pull of the prior times N stay. None is above 1, not by rounding either.
    /// </summary>
    public InferenceSettings In(int iterations)
    {
        var longer = (double)Iterations / iterations;
        return this with
        {
            Iterations = iterations, Step = Longer(Step), TopDownStep = Longer(TopDownStep), InferenceWeight = Longer(InferenceWeight), PriorStep = Longer(PriorStep),
        };

        double Longer(double step) => Math.Min(1, longer * step);
    }

    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public void Check()
    {
        InRange(Iterations is >= 1 and <= MostIterations, Iterations, nameof(Iterations), $"1 to {MostIterations}");
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
