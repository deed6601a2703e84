namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// A network in plain arrays: what an archive holds, what single rows are scored with, and what a live
/// <see cref="TargetPropNetwork"/> is made from. It needs no native library.
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

    /// <summary>The same network with units that send something else, or with other prediction passes.</summary>
    public NetworkSnapshot With(HiddenSignal signal) =>
        new(Shape with { Signal = signal }, Standardization, Forward, Feedback) { Normalization = Normalization };

    /// <summary>Null when features reach the network as they are.</summary>
    public Standardization? Standardization { get; }

    /// <summary>One for each hidden layer when the shape says so, else none.</summary>
    public IReadOnlyList<NormalizationSnapshot> Normalization { get; init; } = [];

    /// <summary>f_1 to f_M.</summary>
    public IReadOnlyList<MapSnapshot> Forward { get; }

    /// <summary>The feedback maps of the rule that trained the network; empty for back-propagation.</summary>
    public IReadOnlyList<MapSnapshot> Feedback { get; }
}
