using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

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

    public TargetPropNetwork(NetworkShape shape, IReadOnlyList<LayerMapShape> feedbackMaps, Standardization? standardization, Device device, ScalarType type = ScalarType.Float32)
    {
        Shape = shape;
        Standardization = standardization;
        ForwardParameters = new(shape.ForwardMaps(), device, type);
        FeedbackParameters = new(feedbackMaps, device, type);
        Normalization = shape.Normalized ? [.. shape.HiddenUnits.Select(units => new UnitNormalization(units, device, type))] : [];
    }

    public NetworkShape Shape { get; }

    public Standardization? Standardization { get; }

    public ParameterBuffer ForwardParameters { get; }

    public ParameterBuffer FeedbackParameters { get; }

    /// <summary>f_1 to f_M; <c>Forward[i - 1]</c> is f_i.</summary>
    public IReadOnlyList<LayerMap> Forward => ForwardParameters.Maps;

    public IReadOnlyList<LayerMap> Feedback => FeedbackParameters.Maps;

    /// <summary>One for each hidden layer of a normalised network, otherwise none; <c>Normalization[i - 1]</c> belongs to layer i.</summary>
    public IReadOnlyList<UnitNormalization> Normalization { get; }

    public Device Device => ForwardParameters.Flat.device;

    /// <summary>The logits of rows of standardised features, <c>[batch, outputs]</c>.</summary>
    public Tensor Logits(Tensor standardizedFeatures)
    {
        using var scope = NewDisposeScope();
        var first = Forward[0].Apply(standardizedFeatures);
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
        new(Shape, Standardization, ForwardParameters.ToMaps(), FeedbackParameters.ToMaps())
        {
            Normalization = [.. Normalization.Select(n => n.ToSnapshot())],
        };

    /// <summary>A network with the values of <paramref name="snapshot"/>.</summary>
    public static TargetPropNetwork FromSnapshot(NetworkSnapshot snapshot, Device device)
    {
        var network = new TargetPropNetwork(snapshot.Shape, [.. snapshot.Feedback.Select(m => m.Shape)], snapshot.Standardization, device);
        network.Load(snapshot);
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
