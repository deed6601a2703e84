using TorchSharp;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>What training does to the inputs so that the network does not lean on any one of them.</summary>
internal static class InputCorruption
{
    /// <summary>Adds Gaussian noise, then sets inputs to zero with the given probability and scales up what is left.</summary>
    public static Batch Apply(Batch batch, double noise, double dropout, RandomSource random)
    {
        var features = batch.Features;
        if (noise > 0)
            features = random.Disturbed(features, noise);
        if (dropout > 0)
            features = features.mul(random.BernoulliLike(features, 1 - dropout)).ScaleInPlace(1 / (1 - dropout));
        return batch with { Features = features };
    }
}
