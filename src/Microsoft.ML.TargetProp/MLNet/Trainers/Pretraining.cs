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
        var layers = pretrained.Shape;
        var shape = new NetworkShape(layers.InputUnits, layers.HiddenUnits, outputs, layers.Activation, output)
        {
            Normalized = LearningRules.NormalizesLayers(options.LearningRule),
            Signal = ClassifierOptions.Signal(options, seed),
        };
        // Which feedback maps a rule has does not depend on its step.
        var feedback = LearningRules.CreditAssignment(options.LearningRule, targetStep: 1).FeedbackMaps(shape);
        using var guard = torch.no_grad();
        using var random = new RandomSource(seed, torch.CPU);
        using var network = new TargetPropNetwork(shape, feedback, pretrained.Standardization, torch.CPU);
        network.Initialize(random);
        var fresh = network.ToSnapshot();
        MapSnapshot Known(MapSnapshot map) => pretrained.Encoders.Concat(pretrained.Decoders).FirstOrDefault(m => m.Shape == map.Shape) ?? map;
        return new(shape, pretrained.Standardization, [.. fresh.Forward.Select(Known)], [.. fresh.Feedback.Select(Known)]) { Normalization = fresh.Normalization };
    }

    /// <summary>What is said of a network that has not been trained as a classifier.</summary>
    public static TargetPropTrainingSummary Summary(TargetPropOptions options) => new() { LearningRule = options.LearningRule };
}
