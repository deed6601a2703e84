namespace Microsoft.ML.TargetProp;

/// <summary>
/// The objective of a row and its terms: how well a generative model explains the observed entries of the row together with the code that it
/// infers. In nats, with slots in standardised units. docs/algorithm.md calls the objective J, (8.1).
/// </summary>
public sealed class TargetPropObjective
{
    internal TargetPropObjective(double total, double prior, IReadOnlyList<double> generation, IReadOnlyList<double> inference)
    {
        Total = total;
        Prior = prior;
        Generation = generation;
        Inference = inference;
    }

    /// <summary>The objective: <see cref="Prior"/> + Σ <see cref="Generation"/> + α Σ <see cref="Inference"/>, where α is the weight of the q terms in the options.</summary>
    public double Total { get; }

    /// <summary>log p(h_M), the density of the code.</summary>
    public double Prior { get; }

    /// <summary>log p(h_{k−1} | h_k) for the layers k = 1 to M. The first is the density of the observed entries.</summary>
    public IReadOnlyList<double> Generation { get; }

    /// <summary>log q(h_k | h_{k−1}) for the layers k = 1 to M.</summary>
    public IReadOnlyList<double> Inference { get; }
}
