namespace Microsoft.ML.TargetProp;

/// <summary>
/// J of a row, how well a generative model explains its observed entries together with the code it infers, and the terms that J is made of;
/// in nats, slots in standardised units.
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

    /// <summary>J = <see cref="Prior"/> + Σ <see cref="Generation"/> + α Σ <see cref="Inference"/>; α is the option <c>Inference.Weight</c>.</summary>
    public double Total { get; }

    /// <summary>log p(h_M), of the code.</summary>
    public double Prior { get; }

    /// <summary>log p(h_{k−1} | h_k) for the layers k = 1 to M; the first is that of the observed entries.</summary>
    public IReadOnlyList<double> Generation { get; }

    /// <summary>log q(h_k | h_{k−1}) for the layers k = 1 to M.</summary>
    public IReadOnlyList<double> Inference { get; }
}
