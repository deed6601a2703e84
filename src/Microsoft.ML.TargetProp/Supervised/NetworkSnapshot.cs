namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// A network in plain arrays. Archives store it, single rows are scored with it, and a <see cref="TargetPropNetwork"/> is created from it. It needs no
/// native library.
/// </summary>
internal sealed class NetworkSnapshot
{
    public NetworkSnapshot(NetworkShape shape, Standardization? standardization, IReadOnlyList<MapSnapshot> forward, IReadOnlyList<MapSnapshot> feedback)
    {
        Shape = shape;
        Standardization = standardization;
        Forward = forward;
        Feedback = feedback;
    }

    public NetworkShape Shape { get; }

    /// <summary>The same network with another signal of its hidden layers.</summary>
    public NetworkSnapshot With(HiddenSignal signal) =>
        new(Shape with { Signal = signal }, Standardization, Forward, Feedback) { Normalization = Normalization };

    /// <summary>Null when the network reads raw features.</summary>
    public Standardization? Standardization { get; }

    /// <summary>One for each hidden layer of a normalised network, otherwise none.</summary>
    public IReadOnlyList<NormalizationSnapshot> Normalization { get; init; } = [];

    /// <summary>f_1 to f_M.</summary>
    public IReadOnlyList<MapSnapshot> Forward { get; }

    /// <summary>The feedback maps of the rule that trained the network; empty for back-propagation.</summary>
    public IReadOnlyList<MapSnapshot> Feedback { get; }
}
