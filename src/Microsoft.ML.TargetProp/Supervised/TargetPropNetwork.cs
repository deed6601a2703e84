using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The architecture of a network that predicts classes or a number: layer 0 is the input, layers 1 to M−1 are hidden, layer M is the output.
/// </summary>
internal sealed record NetworkShape(int InputUnits, IReadOnlyList<int> HiddenUnits, int OutputUnits, TargetPropActivation Activation, OutputKind Output)
{
    /// <summary>True when every hidden layer normalises its activities over the mini-batch (fixed-weight target propagation).</summary>
    public bool Normalized { get; init; }

    /// <summary>The signal of hidden layers; by default their activities.</summary>
    public HiddenSignal Signal { get; init; } = HiddenSignal.Continuous;

    /// <summary>The losses and the units of linear outputs; null for classes.</summary>
    public RegressionOutput? Regression { get; init; }

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

/// <summary>
/// A network on a device: the forward maps f_1 … f_M and the feedback maps of its learning rule, each kind in one flat
/// <see cref="ParameterBuffer"/>.
/// </summary>
internal sealed class TargetPropNetwork : IDisposable
{
    /// <summary>
    /// Factor on the first weights of stochastic units. A sigmoid needs weights four times as large as a hyperbolic tangent for the same effect
    /// (Glorot and Bengio 2010); with smaller ones, probabilities near ½ drown in the noise of their own samples.
    /// </summary>
    private const double StochasticGain = 4;

    private PassThresholds? _thresholds;

    public TargetPropNetwork(NetworkShape shape, IReadOnlyList<LayerMapShape> feedbackMaps, ColumnEncoding? encoding, Device device, ScalarType type = ScalarType.Float32)
    {
        Shape = shape;
        Encoding = encoding;
        ForwardParameters = new(shape.ForwardMaps(), device, type, encoding is SparseEncoding ? FirstMap.ByInput : FirstMap.ByOutput);
        FeedbackParameters = new(feedbackMaps, device, type);
        Normalization = shape.Normalized ? [.. shape.HiddenUnits.Select(units => new UnitNormalization(units, device, type))] : [];
    }

    public NetworkShape Shape { get; }

    /// <summary>The encoding that makes the inputs; null when the network reads raw features.</summary>
    public ColumnEncoding? Encoding { get; }

    /// <summary>The weight of the network in its <see cref="Committee"/>, 0 or more.</summary>
    public float Weight { get; set; } = 1;

    /// <summary>The forward maps. The weights of the first are ordered by input when the encoding makes sparse rows.</summary>
    public ParameterBuffer ForwardParameters { get; }

    public ParameterBuffer FeedbackParameters { get; }

    /// <summary>f_1 to f_M; <c>Forward[i - 1]</c> is f_i.</summary>
    public IReadOnlyList<LayerMap> Forward => ForwardParameters.Maps;

    public IReadOnlyList<LayerMap> Feedback => FeedbackParameters.Maps;

    /// <summary>One for each hidden layer of a normalised network, otherwise none; <c>Normalization[i - 1]</c> belongs to layer i.</summary>
    public IReadOnlyList<UnitNormalization> Normalization { get; }

    public Device Device => ForwardParameters.Flat.device;

    /// <summary>The logits of encoded rows, <c>[batch, outputs]</c>.</summary>
    public Tensor Logits(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return LogitsFrom(Forward[0].Apply(inputs)).MoveToOuterDisposeScope();
    }

    /// <summary>The logits of sparse rows, <c>[batch, outputs]</c>. The network is in the processor's memory, and its encoding makes sparse rows.</summary>
    public Tensor Logits(SparseRows inputs)
    {
        using var scope = NewDisposeScope();
        return LogitsFrom(Forward[0].Apply(inputs)).MoveToOuterDisposeScope();
    }

    /// <param name="first">h_1.</param>
    private Tensor LogitsFrom(Tensor first)
    {
        using var scope = NewDisposeScope();
        if (!Shape.Signal.IsStochastic)
            return ForwardFrom(first, (_, h) => Shape.Signal.IsDiscrete ? Shape.Signal.Discretize(h) : h).MoveToOuterDisposeScope();
        _thresholds ??= new(Shape);
        var passes = Enumerable.Range(0, Shape.Signal.Passes).Select(pass =>
            ForwardFrom(first, (layer, h) => HiddenSignal.Sample(h, tensor(_thresholds.Of(layer, pass), dtype: h.dtype, device: h.device))));
        return PassAverage.Of(Shape.Output, [.. passes]).MoveToOuterDisposeScope();
    }

    /// <summary>Draws the first weights of all maps.</summary>
    public void Initialize(RandomSource random)
    {
        LayerInitializer.Initialize(Forward.Concat(Feedback), random);
        if (!Shape.Signal.IsStochastic)
            return;
        foreach (var map in Forward.SkipLast(1))
            map.Weight.ScaleInPlace(StochasticGain);
    }

    /// <summary>Copies all values into arrays.</summary>
    public NetworkSnapshot ToSnapshot() =>
        new(Shape, Encoding, ForwardParameters.ToMaps(), FeedbackParameters.ToMaps())
        {
            Normalization = [.. Normalization.Select(n => n.ToSnapshot())],
            Weight = Weight,
        };

    /// <summary>A network with the values of <paramref name="snapshot"/>.</summary>
    public static TargetPropNetwork FromSnapshot(NetworkSnapshot snapshot, Device device)
    {
        var network = new TargetPropNetwork(snapshot.Shape, [.. snapshot.Feedback.Select(m => m.Shape)], snapshot.Encoding, device);
        network.Load(snapshot);
        network.Weight = snapshot.Weight;
        return network;
    }

    /// <summary>Overwrites all values with those of a network of the same shape.</summary>
    public void Load(NetworkSnapshot snapshot)
    {
        ForwardParameters.Load(snapshot.Forward);
        FeedbackParameters.Load(snapshot.Feedback);
        for (var i = 0; i < Normalization.Count; i++)
            Normalization[i].Load(snapshot.Normalization[i]);
    }

    /// <summary>The way from the first hidden layer to the logits. The output layer reads the activities of the last hidden layer themselves.</summary>
    private Tensor ForwardFrom(Tensor first, Func<int, Tensor, Tensor> sent)
    {
        using var scope = NewDisposeScope();
        var activities = first;
        for (var layer = 1; layer < Shape.OutputLayer; layer++)
        {
            if (Shape.Normalized)
                Normalization[layer - 1].Apply(activities);
            var above = Forward[layer].Apply(layer < Shape.OutputLayer - 1 ? sent(layer, activities) : activities);
            if (layer > 1)
                activities.Dispose();
            activities = above;
        }
        return activities.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        ForwardParameters.Dispose();
        FeedbackParameters.Dispose();
        foreach (var layer in Normalization)
            layer.Dispose();
    }
}

/// <summary>
/// A network in plain arrays. Archives store it, single rows are scored with it, and a <see cref="TargetPropNetwork"/> is created from it. It needs no
/// native library.
/// </summary>
internal sealed class NetworkSnapshot
{
    public NetworkSnapshot(NetworkShape shape, ColumnEncoding? encoding, IReadOnlyList<MapSnapshot> forward, IReadOnlyList<MapSnapshot> feedback)
    {
        Shape = shape;
        Encoding = encoding;
        Forward = forward;
        Feedback = feedback;
    }

    public NetworkShape Shape { get; }

    /// <summary>The same network with another shape, of the same units: another signal of its hidden layers, or another loss.</summary>
    public NetworkSnapshot With(NetworkShape shape) =>
        new(shape, Encoding, Forward, Feedback) { Normalization = Normalization, Weight = Weight };

    /// <summary>The encoding that makes the inputs; null when the network reads raw features.</summary>
    public ColumnEncoding? Encoding { get; }

    /// <summary>Columns of a row of features.</summary>
    public int Columns => Encoding?.Columns ?? Shape.InputUnits;

    /// <summary>One for each hidden layer of a normalised network, otherwise none.</summary>
    public IReadOnlyList<NormalizationSnapshot> Normalization { get; init; } = [];

    /// <summary>The weight of the network in its <see cref="Committee"/>, 0 or more.</summary>
    public float Weight { get; init; } = 1;

    /// <summary>f_1 to f_M.</summary>
    public IReadOnlyList<MapSnapshot> Forward { get; }

    /// <summary>The feedback maps of the rule that trained the network; empty for back-propagation.</summary>
    public IReadOnlyList<MapSnapshot> Feedback { get; }
}
