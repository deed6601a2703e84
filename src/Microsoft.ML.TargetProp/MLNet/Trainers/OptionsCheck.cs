using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using static Microsoft.ML.TargetProp.MLNet.OptionRule;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Refuses options out of range when a trainer is built.</summary>
internal static class OptionsCheck
{
    /// <returns>The options.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value, and the range.</exception>
    public static TargetPropOptions Check(IExceptionContext host, TargetPropOptions options)
    {
        host.CheckValue(options, nameof(options));
        NotEmpty(host, nameof(options.LabelColumnName), options.LabelColumnName);
        NotEmpty(host, nameof(options.FeatureColumnName), options.FeatureColumnName);
        NotEmptyOrNull(host, nameof(options.ExampleWeightColumnName), options.ExampleWeightColumnName, "the name of a column, or null for no weights");
        Layers(host, nameof(options.HiddenUnits), options.HiddenUnits);
        Defined(host, nameof(options.Activation), options.Activation ?? default);
        Defined(host, nameof(options.LearningRule), options.LearningRule);
        Defined(host, "Feedback.Learning", options.Feedback.Learning);
        CheckRule(host, options);
        CheckUnits(host, options);
        Defined(host, nameof(options.Optimizer), options.Optimizer);
        Defined(host, nameof(options.Schedule), options.Schedule);
        AtLeastOne(host, nameof(options.MaxEpochs), options.MaxEpochs);
        AtLeastOne(host, nameof(options.BatchSize), options.BatchSize);
        AtLeastOne(host, "Feedback.Interval", options.Feedback.Interval);
        AtLeastOne(host, "Feedback.Steps", options.Feedback.Steps);
        Number(host, nameof(options.LearningRate), options.LearningRate ?? 1, v => v > 0, "a number above 0");
        Number(host, "Feedback.LearningRate", options.Feedback.LearningRate ?? 0, v => v >= 0, "a number of 0 or more");
        Number(host, nameof(options.TargetStep), options.TargetStep ?? 1, v => v > 0, "a number above 0");
        Number(host, "Feedback.Noise", options.Feedback.Noise ?? 0, v => v >= 0, "a number of 0 or more");
        Number(host, nameof(options.WeightDecay), options.WeightDecay ?? 0, v => v >= 0 && v * Math.Max(options.LearningRate ?? 0.01, options.Feedback.LearningRate ?? 0.01) < 1, "a number of 0 or more that is below 1 when multiplied by a learning rate");
        Number(host, "Feedback.WeightDecay", options.Feedback.WeightDecay ?? 0, v => v >= 0 && v * (options.Feedback.LearningRate ?? 0.01) < 1, "a number of 0 or more that is below 1 when multiplied by the feedback maps' learning rate");
        Number(host, nameof(options.InputNoise), options.InputNoise ?? 0, v => v >= 0, "a number of 0 or more");
        if (options.Augmentation is { } pictures)
            Check(host, nameof(options.Augmentation), pictures);
        Fraction(host, nameof(options.InputDropout), options.InputDropout);
        Fraction(host, nameof(options.Dropout), options.Dropout);
        Fraction(host, nameof(options.LabelSmoothing), options.LabelSmoothing);
        Validation(host, options.ValidationSet, options.ValidationFraction, options.EarlyStoppingPatience);
        Require(host, options.DiagnosticsRows >= 0, nameof(options.DiagnosticsRows), options.DiagnosticsRows, "0 (off) or more rows");
        return options;
    }

    private static void CheckRule(IExceptionContext host, TargetPropOptions options)
    {
        var rule = LearningRule.Of(options.LearningRule);
        if (rule.Refusal(options.Feedback.Learning) is { } reason)
            throw host.ExceptUserArg("Feedback.Learning", $"Feedback.Learning is {options.Feedback.Learning}, which {options.LearningRule} cannot do with: {reason}. Allowed: {string.Join(", ", Enum.GetValues<TargetPropFeedbackLearning>().Where(f => rule.Refusal(f) is null))}.");
        Require(host, options.BatchSize != 1 || !rule.NormalizesLayers, nameof(options.BatchSize), 1,
            $"2 or more under {options.LearningRule}, which normalises activities over the rows of a mini-batch");
    }

    private static void CheckUnits(IExceptionContext host, TargetPropOptions options)
    {
        Defined(host, nameof(options.UnitType), options.UnitType);
        Require(host, options.QuantizationLevels is >= 2 and <= HiddenSignal.MaxLevels, nameof(options.QuantizationLevels), options.QuantizationLevels, $"2 to {HiddenSignal.MaxLevels}");
        Require(host, options.PredictionPasses is >= 1 and <= HiddenSignal.MaxPasses, nameof(options.PredictionPasses), options.PredictionPasses, $"1 to {HiddenSignal.MaxPasses}");
        if (options.UnitType == TargetPropUnitType.Continuous)
        {
            Require(host, options.LearningRule != TargetPropLearningRule.StraightThrough, nameof(options.LearningRule), options.LearningRule,
                $"any other rule, since {nameof(options.UnitType)} is {options.UnitType}: with continuous units it is {TargetPropLearningRule.Backpropagation}");
            return;
        }
        var activation = new HiddenSignal(options.UnitType).Activation;
        Require(host, options.Activation is null || options.Activation == activation, nameof(options.Activation), options.Activation!, $"{activation} when {nameof(options.UnitType)} is {options.UnitType}, or null");
        Require(host, LearningRule.Of(options.LearningRule).Allows(options.UnitType), nameof(options.LearningRule), options.LearningRule,
            $"{string.Join(", ", Enum.GetValues<TargetPropLearningRule>().Where(r => LearningRule.Of(r).Allows(options.UnitType)))} when {nameof(options.UnitType)} is {options.UnitType}: the others need a derivative of what units send, or carry no target to a probability");
        Require(host, options.DiagnosticsRows == 0, nameof(options.DiagnosticsRows), options.DiagnosticsRows, $"0 when {nameof(options.UnitType)} is {options.UnitType}: diagnostics compare derivatives, which what such units send does not have");
        var feedback = LearningRule.Of(options.LearningRule).Resolve(options.Feedback.Learning);
        Require(host, feedback is TargetPropFeedbackLearning.Reconstruction or TargetPropFeedbackLearning.None, "Feedback.Learning", feedback,
            $"{TargetPropFeedbackLearning.Reconstruction}, {TargetPropFeedbackLearning.None} when {nameof(options.UnitType)} is {options.UnitType}: the others compare small differences of activities, which levels do not have");
        Require(host, options.HiddenUnits is null or { Length: >= 2 }, nameof(options.HiddenUnits), "one layer", $"two layers or more when {nameof(options.UnitType)} is {options.UnitType}: the output layer reads the activities of the last hidden layer themselves");
    }

    private static void Check(IExceptionContext host, string option, TargetPropImageAugmentation pictures)
    {
        string Name(string property) => $"{option}.{property}";
        AtLeastOne(host, Name(nameof(pictures.Width)), pictures.Width);
        AtLeastOne(host, Name(nameof(pictures.Height)), pictures.Height);
        AtLeastOne(host, Name(nameof(pictures.Channels)), pictures.Channels);
        Number(host, Name(nameof(pictures.Shift)), pictures.Shift, v => v >= 0, "a number of 0 or more");
        Number(host, Name(nameof(pictures.Rotation)), pictures.Rotation, v => v is >= 0 and <= 180, "a number from 0 to 180");
        Number(host, Name(nameof(pictures.Scale)), pictures.Scale, v => v >= 0, "a number of 0 or more");
        Number(host, Name(nameof(pictures.Elastic)), pictures.Elastic, v => v >= 0, "a number of 0 or more");
        Number(host, Name(nameof(pictures.ElasticSmoothness)), pictures.ElasticSmoothness, v => v > 0, "a number above 0");
    }
}
