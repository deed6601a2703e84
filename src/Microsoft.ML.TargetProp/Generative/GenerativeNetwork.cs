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

/// <summary>The layers of a generative model. Layer 0 is visible, layers 1 to M are hidden, and layer M is the top code.</summary>
/// <param name="Visible">The kind of every visible column.</param>
/// <param name="HiddenUnits">Units of the layers 1 to M; at least one layer.</param>
/// <param name="Activation">φ of the hidden units.</param>
internal sealed record GenerativeShape(IReadOnlyList<TargetPropVisibleUnits> Visible, IReadOnlyList<int> HiddenUnits, TargetPropActivation Activation)
{
    /// <summary>M, the index of the top layer.</summary>
    public int Top => HiddenUnits.Count;

    public int VisibleUnits => Visible.Count;

    public int Units(int layer) => layer == 0 ? VisibleUnits : HiddenUnits[layer - 1];

    /// <summary>The inference maps f_1 to f_M. f_k maps layer k − 1 to layer k.</summary>
    public IReadOnlyList<LayerMapShape> InferenceMaps() =>
        [.. Enumerable.Range(1, Top).Select(k => new LayerMapShape(k - 1, k, Units(k - 1), Units(k), Core.Activation.Of(Activation)))];

    /// <summary>The generative maps g_1 to g_M. g_k maps layer k to layer k − 1.</summary>
    public IReadOnlyList<LayerMapShape> GenerativeMaps() =>
        [.. Enumerable.Range(1, Top).Select(k => new LayerMapShape(k, k - 1, Units(k), Units(k - 1), k == 1 ? VisibleActivation() : Core.Activation.Of(Activation)))];

    private Activation VisibleActivation() =>
        Visible.All(v => v == TargetPropVisibleUnits.Logistic) ? Core.Activation.Of(TargetPropActivation.Sigmoid)
        : Visible.All(v => v == TargetPropVisibleUnits.Gaussian) ? Core.Activation.Identity
        : new MixedVisibleActivation(Visible);
}

/// <summary>A generative model in plain arrays. An archive stores it; a <see cref="GenerativeModel"/> is made from it.</summary>
/// <param name="Shape">The layers.</param>
/// <param name="Visible">The units of the visible columns.</param>
/// <param name="Settings">The E-step of the trained model.</param>
/// <param name="Inference">f_1 to f_M.</param>
/// <param name="Generation">g_1 to g_M.</param>
/// <param name="InferenceVariances">Variance of q(h_k | h_{k−1}) per unit of layer k, k = 1 to M.</param>
/// <param name="GenerationVariances">Variance of p(h_{k−1} | h_k) per unit of layer k − 1, k = 1 to M.</param>
/// <param name="Prior">p(h_M).</param>
/// <param name="Completion">The second set of maps, trained on masked rows; null when the maps above complete rows.</param>
internal sealed record GenerativeSnapshot(
    GenerativeShape Shape, VisibleScale Visible, InferenceSettings Settings, IReadOnlyList<MapSnapshot> Inference,
    IReadOnlyList<MapSnapshot> Generation, IReadOnlyList<float[]> InferenceVariances, IReadOnlyList<float[]> GenerationVariances, PriorParameters Prior,
    CompletionSnapshot? Completion = null);
