using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Autoencoder;

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
