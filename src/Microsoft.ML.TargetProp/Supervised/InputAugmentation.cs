using TorchSharp;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// From rows as they came to what the network learns from: pictures are moved, then standardised. (In this order: columns have scales
/// of their own, and a picture whose pixels are on different scales cannot be moved.)
/// </summary>
internal sealed class InputAugmentation : IDisposable
{
    private readonly ImageWarp? _warp;
    private readonly Standardization? _standardization;

    /// <param name="augmentation">Checked, and fitting the network's inputs.</param>
    /// <param name="network">Whose inputs the rows become.</param>
    public InputAugmentation(TargetPropImageAugmentation augmentation, TargetPropNetwork network)
    {
        _warp = augmentation.IsIdentity ? null : new(augmentation, augmentation.HeightIn(network.Shape.InputUnits)!.Value, network.Device);
        _standardization = network.Standardization;
    }

    /// <summary>A batch of raw features with each picture moved, standardised.</summary>
    public Batch Apply(Batch batch, RandomSource random)
    {
        var features = _warp?.Apply(batch.Features, random) ?? batch.Features.clone();
        _standardization?.Apply(features);
        return batch with { Features = features };
    }

    public void Dispose() => _warp?.Dispose();
}
