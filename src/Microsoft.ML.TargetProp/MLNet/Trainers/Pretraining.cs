using Microsoft.ML.TargetProp.Autoencoder;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>First weights of a classifier from an auto-encoder: its encoders as hidden layers, its decoders as feedback maps.</summary>
internal static class Pretraining
{
    /// <summary>A network whose output layer, and whatever feedback maps the auto-encoder has no decoder for, are as new.</summary>
    public static NetworkSnapshot FirstWeights(AutoencoderSnapshot pretrained, TargetPropOptions options, OutputKind output, int outputs, int seed)
    {
        var (layers, rule) = (pretrained.Shape, LearningRule.Of(options.LearningRule));
        var shape = new NetworkShape(layers.InputUnits, layers.HiddenUnits, outputs, layers.Activation, output)
        {
            Normalized = rule.NormalizesLayers,
            Signal = ClassifierDefaults.Signal(options, seed),
        };
        using var guard = torch.no_grad();
        using var random = new RandomSource(seed, torch.CPU);
        using var network = new TargetPropNetwork(shape, rule.FeedbackMaps(shape), pretrained.Standardization, torch.CPU);
        network.Initialize(random);
        var fresh = network.ToSnapshot();
        MapSnapshot Known(MapSnapshot map) => pretrained.Encoders.Concat(pretrained.Decoders).FirstOrDefault(m => m.Shape == map.Shape) ?? map;
        return new(shape, pretrained.Standardization, [.. fresh.Forward.Select(Known)], [.. fresh.Feedback.Select(Known)]) { Normalization = fresh.Normalization };
    }

    /// <summary>What is said of a network that has not been trained as a classifier.</summary>
    public static TargetPropTrainingSummary Summary(TargetPropOptions options) => new() { LearningRule = options.LearningRule };
}
