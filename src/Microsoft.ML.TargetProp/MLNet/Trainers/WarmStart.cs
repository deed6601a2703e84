using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Autoencoder;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The network that training starts from, when it is not newly drawn: a trained network, or an auto-encoder.</summary>
internal static class WarmStart
{
    /// <summary>Checks that the training of a network can continue with other data and options.</summary>
    /// <exception cref="InvalidOperationException">The network does not fit; the message names the difference.</exception>
    public static void Check(IHost host, ClassifierModel model, TargetPropOptions options, int features, int outputs, IReadOnlyList<string> classNames)
    {
        var shape = model.Network.Shape;
        Require(host, model.Network.Columns == features, $"features per row: the model has {model.Network.Columns}, the data {features}");
        if (options is TargetPropRegressionTrainer.Options { Quantiles: var asked } && shape.Regression is { } regression)
            Require(host, regression.Quantiles.SequenceEqual(asked ?? []), $"{nameof(TargetPropRegressionTrainer.Options.Quantiles)}: the model has {OptionText.Of(regression.Quantiles.ToArray())}, the options {OptionText.Of(asked ?? [])}");
        else
            Require(host, shape.OutputUnits == outputs, $"classes: the model has {shape.OutputUnits}, the label column {outputs}");
        Require(host, model.ClassNames.Count == 0 || classNames.Count == 0 || model.ClassNames.SequenceEqual(classNames),
            $"names or order of the classes: the model has [{Some(model.ClassNames)}], the label column [{Some(classNames)}]; map labels with the same MapValueToKey");
        Require(host, options.HiddenUnits is null || options.HiddenUnits.SequenceEqual(shape.HiddenUnits),
            $"{nameof(options.HiddenUnits)}: the model has [{string.Join(", ", shape.HiddenUnits)}], the options [{string.Join(", ", options.HiddenUnits ?? [])}]; leave the option null to keep the model's");
        Require(host, options.Activation is null || model.Members.All(m => m.Shape.Activation == options.Activation), $"{nameof(options.Activation)}: the model has {string.Join(" and ", model.Members.Select(m => m.Shape.Activation).Distinct())}, the options {options.Activation}; leave the option null to keep the model's");
        Require(host, options.UnitType == shape.Signal.UnitType, $"{nameof(options.UnitType)}: the model has {shape.Signal.UnitType}, the options {options.UnitType}");
        Require(host, options.UnitType != TargetPropUnitType.Quantized || options.QuantizationLevels == shape.Signal.Levels, $"{nameof(options.QuantizationLevels)}: the model has {shape.Signal.Levels}, the options {options.QuantizationLevels}");
        Require(host, options.LearningRule == model.Summary.LearningRule, $"{nameof(options.LearningRule)}: the model was trained by {model.Summary.LearningRule}, the options ask for {options.LearningRule}, whose feedback maps differ");
        Require(host, FeatureEncoder.Describes(options.FeatureEncoding, model.Members.Select(m => m.Encoding)),
            $"{nameof(options.FeatureEncoding)}: the model {string.Join(" and ", model.Members.Select(m => FeatureEncoder.Describe(m.Encoding)).Distinct())}, the options ask for {options.FeatureEncoding}; leave the option {TargetPropFeatureEncoding.Auto} to keep the model's");
        Require(host, options.Members is null || options.Members == model.Members.Count,
            $"{nameof(options.Members)}: the model has {model.Members.Count}, the options {options.Members}; leave the option null to keep the model's");
    }

    /// <summary>
    /// Builds a network from an auto-encoder: the encoders become hidden layers, the decoders feedback maps. The output layer, and the feedback
    /// maps that the auto-encoder has no decoder for, are newly drawn.
    /// </summary>
    public static NetworkSnapshot FromAutoencoder(AutoencoderSnapshot pretrained, TargetPropOptions options, OutputKind output, int outputs, int seed)
    {
        var (layers, rule) = (pretrained.Shape, LearningRule.Of(options.LearningRule));
        var encoding = FeatureEncoder.Filling(pretrained.Standardization, FeatureEncoder.AcceptsGaps(options));
        var shape = new NetworkShape(layers.InputUnits, layers.HiddenUnits, outputs, layers.Activation, output)
        {
            Normalized = rule.NormalizesLayers,
            Signal = ClassifierOptions.Signal(options, seed),
        };
        using var guard = torch.no_grad();
        using var random = new RandomSource(seed, torch.CPU);
        using var network = new TargetPropNetwork(shape, rule.FeedbackMaps(shape), encoding, torch.CPU);
        network.Initialize(random);
        var fresh = network.ToSnapshot();
        MapSnapshot Known(MapSnapshot map) => pretrained.Encoders.Concat(pretrained.Decoders).FirstOrDefault(m => m.Shape == map.Shape) ?? map;
        return new(shape, encoding, [.. fresh.Forward.Select(Known)], [.. fresh.Feedback.Select(Known)]) { Normalization = fresh.Normalization };
    }

    /// <summary>The summary of a network that is not yet trained on labels: only the rule is known.</summary>
    public static TargetPropTrainingSummary Summary(TargetPropOptions options) => new() { LearningRule = options.LearningRule };

    private static void Require(IHost host, bool holds, string difference)
    {
        if (!holds)
            throw host.Except($"Training cannot continue from this model, they differ in {difference}.");
    }

    private static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(10)) + (names.Count > 10 ? $", … ({names.Count})" : "");
}
