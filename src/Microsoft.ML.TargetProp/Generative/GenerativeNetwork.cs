using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The maps of a generative model, live on a device.</summary>
internal sealed class GenerativeNetwork(GenerativeShape shape, Device device, ScalarType type = ScalarType.Float32) : IDisposable
{
    public GenerativeShape Shape { get; } = shape;

    public ParameterBuffer InferenceParameters { get; } = new(shape.InferenceMaps(), device, type);

    public ParameterBuffer GenerativeParameters { get; } = new(shape.GenerativeMaps(), device, type);

    /// <summary>The maps that were trained to complete rows, or null.</summary>
    public CompletionModel? Completing { get; private init; }

    /// <summary>What pulls the top code towards the prior; null while there is none.</summary>
    public ICodePull? Prior { get; set; }

    public Device Device => InferenceParameters.Flat.device;

    /// <summary>f_k of the layer below.</summary>
    public Tensor Up(int k, Tensor below) => InferenceParameters.Maps[k - 1].Apply(below);

    /// <summary>g_k of layer k.</summary>
    public Tensor Down(int k, Tensor above) => GenerativeParameters.Maps[k - 1].Apply(above);

    /// <summary>f_k of the layer below, into memory that is there already.</summary>
    public Tensor Up(int k, Tensor below, Tensor output) => InferenceParameters.Maps[k - 1].Apply(below, output);

    /// <summary>g_k of layer k, into memory that is there already.</summary>
    public Tensor Down(int k, Tensor above, Tensor output) => GenerativeParameters.Maps[k - 1].Apply(above, output);

    /// <summary>A live network with the values of <paramref name="snapshot"/>.</summary>
    public static GenerativeNetwork FromSnapshot(GenerativeSnapshot snapshot, Device device)
    {
        var completing = snapshot.Completion is { } maps ? new CompletionModel(snapshot.Shape.Visible, maps, device) : null;
        var network = new GenerativeNetwork(snapshot.Shape, device) { Completing = completing };
        network.InferenceParameters.Load(snapshot.Inference);
        network.GenerativeParameters.Load(snapshot.Generation);
        return network;
    }

    /// <summary>Remembers the maps as they are now.</summary>
    /// <returns>Brings them back.</returns>
    public Action KeepParameters()
    {
        var (inference, generation) = (InferenceParameters.ToArray(), GenerativeParameters.ToArray());
        return () =>
        {
            InferenceParameters.Load(inference);
            GenerativeParameters.Load(generation);
        };
    }

    public void Dispose()
    {
        Prior?.Dispose();
        InferenceParameters.Dispose();
        GenerativeParameters.Dispose();
        Completing?.Dispose();
    }
}
