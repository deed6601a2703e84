using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.Autoencoder;

/// <summary>The layers of a stacked auto-encoder: 0 is the input, 1 to N are codes, N is the top code.</summary>
internal sealed record AutoencoderShape(int InputUnits, IReadOnlyList<int> HiddenUnits, TargetPropActivation Activation)
{
    /// <summary>N, the number of layer pairs.</summary>
    public int Layers => HiddenUnits.Count;

    public int Units(int layer) => layer == 0 ? InputUnits : HiddenUnits[layer - 1];

    /// <summary>The encoders f_1 to f_N, f_i from layer i − 1 to layer i.</summary>
    public IReadOnlyList<LayerMapShape> Encoders() =>
        [.. Enumerable.Range(1, Layers).Select(i => new LayerMapShape(i - 1, i, Units(i - 1), Units(i), Core.Activation.Of(Activation)))];

    /// <summary>The decoders g_1 to g_N, g_i from layer i to layer i − 1; g_1 is linear, since standardised features are unbounded.</summary>
    public IReadOnlyList<LayerMapShape> Decoders() =>
        [.. Enumerable.Range(1, Layers).Select(i =>
            new LayerMapShape(i, i - 1, Units(i), Units(i - 1), i == 1 ? Core.Activation.Identity : Core.Activation.Of(Activation)))];
}

/// <summary>A stacked auto-encoder in plain arrays. Archives store it, and an <see cref="AutoencoderNetwork"/> is created from it.</summary>
/// <param name="Shape">The layers.</param>
/// <param name="Standardization">Null when the encoder reads raw features.</param>
/// <param name="Encoders">f_1 to f_N.</param>
/// <param name="Decoders">g_1 to g_N.</param>
internal sealed record AutoencoderSnapshot(
    AutoencoderShape Shape, Standardization? Standardization, IReadOnlyList<MapSnapshot> Encoders, IReadOnlyList<MapSnapshot> Decoders);
