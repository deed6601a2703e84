using Microsoft.ML.Runtime;
using static Microsoft.ML.TargetProp.MLNet.OptionRule;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Refuses options out of range when an estimator is built.</summary>
internal static class FeaturizerOptionsCheck
{
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value, and the range.</exception>
    public static void Check(IExceptionContext host, TargetPropFeaturizerEstimator.Options options)
    {
        NotEmpty(host, nameof(options.OutputColumnName), options.OutputColumnName);
        NotEmptyOrNull(host, nameof(options.InputColumnName), options.InputColumnName, "the name of a column, or null to encode the output column in place");
        Layers(host, nameof(options.HiddenUnits), options.HiddenUnits);
        Defined(host, nameof(options.Activation), options.Activation);
        AtLeastOne(host, nameof(options.MaxEpochs), options.MaxEpochs);
        AtLeastOne(host, nameof(options.BatchSize), options.BatchSize);
        Number(host, nameof(options.LearningRate), options.LearningRate, v => v > 0, "a number above 0");
        Number(host, nameof(options.DecoderLearningRate), options.DecoderLearningRate, v => v > 0, "a number above 0");
        Defined(host, nameof(options.Schedule), options.Schedule);
        Number(host, nameof(options.CodeNoise), options.CodeNoise, v => v >= 0, "a number of 0 or more");
        Number(host, nameof(options.InputNoise), options.InputNoise, v => v >= 0, "a number of 0 or more");
        Validation(host, options.ValidationSet, options.ValidationFraction, options.EarlyStoppingPatience);
    }
}
