using TorchSharp;
using static TorchSharp.torch;

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

/// <summary>A trained stacked auto-encoder on a device.</summary>
internal sealed class AutoencoderNetwork : IDisposable
{
    private readonly AutoencoderSnapshot _model;
    private readonly ParameterBuffer _encoders;
    private readonly ParameterBuffer _decoders;

    public AutoencoderNetwork(AutoencoderSnapshot model, Device device)
    {
        _model = model;
        _encoders = new(model.Shape.Encoders(), device);
        _decoders = new(model.Shape.Decoders(), device);
        _encoders.Load(model.Encoders);
        _decoders.Load(model.Decoders);
    }

    public Device Device => _encoders.Flat.device;

    /// <summary>The codes of layers 1 to N, each <c>[rows, units]</c>; the caller's dispose scope holds them.</summary>
    /// <param name="features"><c>[rows, columns]</c> in the user's units; not changed.</param>
    public IReadOnlyList<Tensor> Encode(Tensor features)
    {
        using var scope = NewDisposeScope();
        var below = features.clone();
        _model.Standardization?.Apply(below);
        var codes = new List<Tensor>();
        foreach (var encoder in _encoders.Maps)
        {
            below = encoder.Apply(below);
            codes.Add(below.MoveToOuterDisposeScope());
        }
        return codes;
    }

    /// <summary>The rows that a top code stands for, g_1(… g_N(h)), <c>[rows, columns]</c> in the user's units.</summary>
    public Tensor Decode(Tensor code)
    {
        using var scope = NewDisposeScope();
        var below = code;
        foreach (var decoder in _decoders.Maps.Reverse())
            below = decoder.Apply(below);
        return (_model.Standardization?.Undo(below) ?? below).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _encoders.Dispose();
        _decoders.Dispose();
    }
}
