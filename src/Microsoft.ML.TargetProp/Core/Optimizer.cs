namespace Microsoft.ML.TargetProp.Core;

/// <summary>Moves parameters against their update directions.</summary>
/// <param name="parameters">The parameters.</param>
/// <param name="updates">Their update directions.</param>
/// <param name="weightDecay">Decoupled weight decay: weights, not biases, shrink by this times the learning rate at every step.</param>
internal abstract class Optimizer(ParameterBuffer parameters, ParameterBuffer updates, double weightDecay) : IDisposable
{
    /// <summary>The implementation of an option.</summary>
    public static Optimizer Of(TargetPropOptimizer kind, ParameterBuffer parameters, ParameterBuffer updates, double weightDecay) => kind switch
    {
        TargetPropOptimizer.RmsProp => new CenteredRmsProp(parameters, updates, weightDecay),
        _ => new Adam(parameters, updates, weightDecay),
    };

    protected ParameterBuffer Parameters { get; } = parameters;

    protected ParameterBuffer Updates { get; } = updates;

    protected double WeightDecay { get; } = weightDecay;

    /// <summary>Takes one step.</summary>
    public abstract void Step(double learningRate);

    public abstract void Dispose();

    /// <summary>W ← (1 − <paramref name="amount"/>) W for every weight matrix.</summary>
    protected void DecayWeights(double amount)
    {
        if (amount == 0)
            return;
        foreach (var map in Parameters.Maps)
            map.Weight.ScaleInPlace(1 - amount);
    }
}
