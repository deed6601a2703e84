using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The maps of a generative model on a device.</summary>
internal sealed class GenerativeNetwork(GenerativeShape shape, Device device, ScalarType type = ScalarType.Float32) : IDisposable
{
    public GenerativeShape Shape { get; } = shape;

    public ParameterBuffer InferenceParameters { get; } = new(shape.InferenceMaps(), device, type);

    public ParameterBuffer GenerativeParameters { get; } = new(shape.GenerativeMaps(), device, type);

    /// <summary>The maps that were trained on masked rows, or null.</summary>
    public CompletionModel? Completion { get; private init; }

    /// <summary>The prior's part of the E-step; null when the E-step leaves it out. Owned by the network.</summary>
    public IProximalOperator? PriorOperator { get; set; }

    public Device Device => InferenceParameters.Flat.device;

    /// <summary>f_k of layer k − 1.</summary>
    public Tensor Up(int k, Tensor below) => InferenceParameters.Maps[k - 1].Apply(below);

    /// <summary>g_k of layer k.</summary>
    public Tensor Down(int k, Tensor above) => GenerativeParameters.Maps[k - 1].Apply(above);

    /// <summary>f_k of layer k − 1, written to <paramref name="output"/>.</summary>
    public Tensor Up(int k, Tensor below, Tensor output) => InferenceParameters.Maps[k - 1].Apply(below, output);

    /// <summary>g_k of layer k, written to <paramref name="output"/>.</summary>
    public Tensor Down(int k, Tensor above, Tensor output) => GenerativeParameters.Maps[k - 1].Apply(above, output);

    /// <summary>A network with the parameters of <paramref name="snapshot"/>.</summary>
    public static GenerativeNetwork FromSnapshot(GenerativeSnapshot snapshot, Device device)
    {
        var completion = snapshot.Completion is { } maps ? new CompletionModel(snapshot.Shape.Visible, maps, device) : null;
        var network = new GenerativeNetwork(snapshot.Shape, device) { Completion = completion };
        network.InferenceParameters.Load(snapshot.Inference);
        network.GenerativeParameters.Load(snapshot.Generation);
        return network;
    }

    /// <summary>Copies the parameters as they are now.</summary>
    /// <returns>Restores the copy.</returns>
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
        PriorOperator?.Dispose();
        InferenceParameters.Dispose();
        GenerativeParameters.Dispose();
        Completion?.Dispose();
    }
}
