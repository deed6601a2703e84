using Microsoft.ML.TargetProp.Autoencoder;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Builds a classifier from an auto-encoder: the encoders become hidden layers, the decoders feedback maps.</summary>
internal static class Pretraining
{
    /// <summary>The network before training. Its output layer, and the feedback maps that the auto-encoder has no decoder for, are newly drawn.</summary>
    public static NetworkSnapshot FirstWeights(AutoencoderSnapshot pretrained, TargetPropOptions options, OutputKind output, int outputs, int seed)
    {
        var (layers, rule) = (pretrained.Shape, LearningRule.Of(options.LearningRule));
        var shape = new NetworkShape(layers.InputUnits, layers.HiddenUnits, outputs, layers.Activation, output)
        {
            Normalized = rule.NormalizesLayers,
            Signal = ClassifierOptions.Signal(options, seed),
        };
        using var guard = torch.no_grad();
        using var random = new RandomSource(seed, torch.CPU);
        using var network = new TargetPropNetwork(shape, rule.FeedbackMaps(shape), pretrained.Standardization, torch.CPU);
        network.Initialize(random);
        var fresh = network.ToSnapshot();
        MapSnapshot Known(MapSnapshot map) => pretrained.Encoders.Concat(pretrained.Decoders).FirstOrDefault(m => m.Shape == map.Shape) ?? map;
        return new(shape, pretrained.Standardization, [.. fresh.Forward.Select(Known)], [.. fresh.Feedback.Select(Known)]) { Normalization = fresh.Normalization };
    }

    /// <summary>The summary of a network that is not yet trained as a classifier: only the rule is known.</summary>
    public static TargetPropTrainingSummary Summary(TargetPropOptions options) => new() { LearningRule = options.LearningRule };
}
