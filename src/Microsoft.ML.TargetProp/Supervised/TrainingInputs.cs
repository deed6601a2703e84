using TorchSharp;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The way of a training batch into the network: pictures are moved, features are standardised, noise is added, inputs are dropped. Pictures move
/// first, because standardisation gives every pixel a scale of its own.
/// </summary>
internal sealed class TrainingInputs : IDisposable
{
    private readonly ImageWarp? _warp;
    private readonly Standardization? _standardization;
    private readonly bool _areRaw;
    private readonly double _noise;
    private readonly double _dropout;

    /// <param name="settings">Augmentation, noise and dropout of the inputs.</param>
    /// <param name="network">The network whose inputs the rows become.</param>
    public TrainingInputs(LearningSettings settings, TargetPropNetwork network)
    {
        (_noise, _dropout) = (settings.InputNoise, settings.InputDropout);
        if (settings.Augmentation is not { } augmentation)
            return;
        _areRaw = true;
        _warp = augmentation.IsIdentity ? null : new(augmentation, augmentation.HeightIn(network.Shape.InputUnits)!.Value, network.Device);
        _standardization = network.Standardization;
    }

    /// <summary>The batch as the network reads it in training.</summary>
    /// <param name="batch">Raw features when there is an augmentation, standardised features otherwise.</param>
    /// <param name="random">Draws moves, noise and dropped inputs.</param>
    public Batch Apply(Batch batch, RandomSource random) => Corrupt(_areRaw ? Augment(batch, random) : batch, _noise, _dropout, random);

    /// <summary>Adds Gaussian noise, then drops inputs with the given probability and scales the others up.</summary>
    public static Batch Corrupt(Batch batch, double noise, double dropout, RandomSource random)
    {
        var features = batch.Features;
        if (noise > 0)
            features = random.Disturbed(features, noise);
        if (dropout > 0)
            features = features.mul(random.BernoulliLike(features, 1 - dropout)).ScaleInPlace(1 / (1 - dropout));
        return batch with { Features = features };
    }

    public void Dispose() => _warp?.Dispose();

    private Batch Augment(Batch batch, RandomSource random)
    {
        var features = _warp?.Apply(batch.Features, random) ?? batch.Features.clone();
        _standardization?.Apply(features);
        return batch with { Features = features };
    }
}
