using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Networks;

/// <summary>
/// A live network on a device: the forward maps f_1 … f_M and whatever feedback maps its learning rule asked for, each kind
/// in one flat <see cref="ParameterBuffer"/>.
/// </summary>
internal sealed class TargetPropNetwork : IDisposable
{
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

    /// <summary>One for each hidden layer when the shape says so, else none; <c>Normalization[i - 1]</c> is layer i's.</summary>
    public IReadOnlyList<UnitNormalization> Normalization { get; }

    public Device Device => ForwardParameters.Flat.device;

    /// <summary>The output layer's pre-activations for rows of standardised features, <c>[batch, outputs]</c>.</summary>
    public Tensor Logits(Tensor standardizedFeatures)
    {
        var activities = Forward[0].Apply(standardizedFeatures);
        for (var i = 1; i < Forward.Count; i++)
        {
            using var below = activities;
            if (Shape.Normalized)
                Normalization[i - 1].Apply(below);
            activities = Forward[i].Apply(below);
        }
        return activities;
    }

    /// <summary>Copies everything out of the device's memory.</summary>
    public NetworkSnapshot ToSnapshot() =>
        new(Shape, Standardization, ForwardParameters.ToMaps(), FeedbackParameters.ToMaps())
        {
            Normalization = [.. Normalization.Select(n => n.ToSnapshot())],
        };

    /// <summary>A live network with the values of <paramref name="snapshot"/>.</summary>
    public static TargetPropNetwork FromSnapshot(NetworkSnapshot snapshot, Device device)
    {
        var network = new TargetPropNetwork(snapshot.Shape, [.. snapshot.Feedback.Select(m => m.Shape)], snapshot.Standardization, device);
        network.ForwardParameters.Load(snapshot.Forward);
        network.FeedbackParameters.Load(snapshot.Feedback);
        for (var i = 0; i < network.Normalization.Count; i++)
            network.Normalization[i].Load(snapshot.Normalization[i]);
        return network;
    }

    public void Dispose()
    {
        ForwardParameters.Dispose();
        FeedbackParameters.Dispose();
        foreach (var layer in Normalization)
            layer.Dispose();
    }
}
