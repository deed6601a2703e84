using static Microsoft.ML.TargetProp.MLNet.OptionRange;

namespace Microsoft.ML.TargetProp.MLNet;

using Options = TargetPropFeaturizerEstimator.Options;

/// <summary>The options of the featurizer: names, ranges and defaults.</summary>
internal static class FeaturizerOptions
{
    public static readonly OpenOption<Options, int[]> HiddenUnits = SharedOptions.HiddenUnits<Options>(o => o.HiddenUnits, many: [2000], few: [200]);

    public static readonly OpenOption<Options, int> BatchSize = SharedOptions.BatchSize<Options>(o => o.BatchSize);

    public static readonly OpenOption<Options, int> MaxEpochs = SharedOptions.MaxEpochs(o => o.MaxEpochs, BatchSize);

    public static readonly OptionTable<Options> Table = new(
        new(),
        new(o => o.OutputColumnName, Column),
        SharedOptions.InputColumnName<Options>(o => o.InputColumnName),
        HiddenUnits,
        new(o => o.AllLayers, TrueOrFalse),
        new(o => o.Activation, OneOf<TargetPropActivation>()),
        MaxEpochs,
        BatchSize,
        new(o => o.LearningRate, Above0),
        new(o => o.DecoderLearningRate, Above0),
        SharedOptions.Schedule<Options>(o => o.Schedule),
        new(o => o.CodeNoise, From0),
        new(o => o.InputNoise, From0),
        new(o => o.StandardizeFeatures, TrueOrFalse),
        SharedOptions.Seed<Options>(o => o.Seed),
        SharedOptions.ValidationSet<Options>(o => o.ValidationSet),
        SharedOptions.ValidationFraction<Options>(o => o.ValidationFraction),
        SharedOptions.EarlyStoppingPatience<Options>(o => o.EarlyStoppingPatience),
        SharedOptions.EpochCallback<Options>(o => o.EpochCallback),
        SharedOptions.CancellationToken<Options>(o => o.CancellationToken))
    {
        Rules = [SharedOptions.OneValidation<Options>(o => o.ValidationFraction, o => o.ValidationSet)],
    };
}
