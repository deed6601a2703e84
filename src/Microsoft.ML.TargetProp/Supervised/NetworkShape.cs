namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The architecture of a classifier network: layer 0 is the input, layers 1 to M−1 are hidden, layer M is the output.
/// </summary>
internal sealed record NetworkShape(int InputUnits, IReadOnlyList<int> HiddenUnits, int OutputUnits, TargetPropActivation Activation, OutputKind Output)
{
    /// <summary>True when every hidden layer normalises its activities over the mini-batch (fixed-weight target propagation).</summary>
    public bool Normalized { get; init; }

    /// <summary>The signal of hidden layers; by default their activities.</summary>
    public HiddenSignal Signal { get; init; } = HiddenSignal.Continuous;

    /// <summary>M, the index of the output layer.</summary>
    public int OutputLayer => HiddenUnits.Count + 1;

    /// <summary>Units of layer <paramref name="layer"/>, 0 to M.</summary>
    public int Units(int layer) =>
        layer == 0 ? InputUnits : layer == OutputLayer ? OutputUnits : HiddenUnits[layer - 1];

    /// <summary>The activation of a layer's units; the input and the output are linear.</summary>
    public Activation ActivationOf(int layer) =>
        layer == 0 || layer == OutputLayer ? Core.Activation.Identity : Core.Activation.Of(Activation);

    /// <summary>The forward maps f_1 to f_M.</summary>
    public IReadOnlyList<LayerMapShape> ForwardMaps() =>
        [.. Enumerable.Range(1, OutputLayer).Select(i => MapBetween(i - 1, i))];

    /// <summary>
    /// Feedback maps g_2 to g_<paramref name="top"/> from layer to layer, each with the activation of the layer below, or tanh when its units are
    /// stochastic.
    /// </summary>
    public IReadOnlyList<LayerMapShape> ChainDown(int top) =>
        [.. Enumerable.Range(2, Math.Max(0, top - 1)).Select(i => FeedbackMap(i, i - 1))];

    /// <summary>Linear feedback maps g_2 to g_M from layer to layer.</summary>
    public IReadOnlyList<LayerMapShape> LinearChainDown() => [.. ChainDown(OutputLayer).Select(Linear)];

    /// <summary>Linear feedback maps g_1 to g_{M−1} from the output straight to every hidden layer.</summary>
    public IReadOnlyList<LayerMapShape> LinearDirectDown() =>
        [.. Enumerable.Range(1, OutputLayer - 1).Select(i => Linear(MapBetween(OutputLayer, i)))];

    /// <summary>A map from one layer to another, with the activation of the layer it writes to.</summary>
    public LayerMapShape MapBetween(int from, int to) => new(from, to, Units(from), Units(to), ActivationOf(to));

    private static LayerMapShape Linear(LayerMapShape map) => map with { Activation = Core.Activation.Identity };

    /// <summary>A feedback map with the activation of the layer that it reconstructs, or tanh when that layer's units are stochastic.</summary>
    private LayerMapShape FeedbackMap(int from, int to)
    {
        var map = MapBetween(from, to);
        return Signal.IsStochastic && to > 0 ? map with { Activation = Core.Activation.Of(TargetPropActivation.Tanh) } : map;
    }
}
