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
    }

    public NetworkShape Shape { get; }

    public Standardization? Standardization { get; }

    public ParameterBuffer ForwardParameters { get; }

    public ParameterBuffer FeedbackParameters { get; }

    /// <summary>f_1 to f_M; <c>Forward[i - 1]</c> is f_i.</summary>
    public IReadOnlyList<LayerMap> Forward => ForwardParameters.Maps;

    public IReadOnlyList<LayerMap> Feedback => FeedbackParameters.Maps;

    public Device Device => ForwardParameters.Flat.device;

    /// <summary>The output layer's pre-activations for rows of standardised features, <c>[batch, outputs]</c>.</summary>
    public Tensor Logits(Tensor standardizedFeatures)
    {
        var activities = Forward[0].Apply(standardizedFeatures);
        foreach (var map in Forward.Skip(1))
        {
            using var below = activities;
            activities = map.Apply(below);
        }
        return activities;
    }

    /// <summary>Copies everything out of the device's memory.</summary>
    public NetworkSnapshot ToSnapshot() =>
        new(Shape, Standardization, ForwardParameters.ToMaps(), FeedbackParameters.ToMaps());

    /// <summary>A live network with the values of <paramref name="snapshot"/>.</summary>
    public static TargetPropNetwork FromSnapshot(NetworkSnapshot snapshot, Device device)
    {
        var network = new TargetPropNetwork(snapshot.Shape, [.. snapshot.Feedback.Select(m => m.Shape)], snapshot.Standardization, device);
        network.ForwardParameters.Load(snapshot.Forward);
        network.FeedbackParameters.Load(snapshot.Feedback);
        return network;
    }

    public void Dispose()
    {
        ForwardParameters.Dispose();
        FeedbackParameters.Dispose();
    }
}
