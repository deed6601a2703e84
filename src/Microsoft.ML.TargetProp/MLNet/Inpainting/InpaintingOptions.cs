using Microsoft.ML.TargetProp.Generative;
using static Microsoft.ML.TargetProp.MLNet.OptionRange;

namespace Microsoft.ML.TargetProp.MLNet;

using Options = TargetPropInpaintingEstimator.Options;

/// <summary>The options of the inpainting estimator: names, ranges, defaults, and conditions between them.</summary>
internal static class InpaintingOptions
{
    /// <summary>The most completions of a row.</summary>
    public const int MaxSamples = 1000;

    private static readonly OptionRange From0To1 = Number("a number from 0 to 1", v => v is >= 0 and <= 1);

    private static readonly OptionRange Factor = Number("a number from 0.0001 to 10000", v => v is >= 1e-4 and <= 1e4);

    public static readonly OpenOption<Options, int[]> HiddenUnits = SharedOptions.HiddenUnits<Options>(o => o.HiddenUnits, many: [1000, 100], few: [100, 30]);

    public static readonly OpenOption<Options, int> BatchSize = SharedOptions.BatchSize<Options>(o => o.BatchSize);

    public static readonly OpenOption<Options, int> MaxEpochs = SharedOptions.MaxEpochs(o => o.MaxEpochs, BatchSize);

    /// <summary>
    /// The objective of held-out digits, one seed, after 20 epochs of 20,000 rows was −782, −466, −356 and −363 nats with 0.00035, 0.001, 0.002
    /// and 0.003 (784-1000-100), and 404 and 407 with 0.002 and 0.004 (784-500-60), where the higher rate reconstructed worse. Small tables
    /// needed 0.01 at most.
    /// </summary>
    public static readonly OpenOption<Options, double> LearningRate = new(
        o => o.LearningRate, Above0, "1.5 / units of the widest hidden layer, at most 0.01", (_, data) => Math.Min(0.01, 1.5 / data.HiddenUnits.Max()));

    /// <summary>
    /// 3 iterations, with steps up to 1/2, make the objective of held-out digits as high as 15 (study <c>inference-steps</c>). Fewer iterations have
    /// not been measured with true gradients, q terms, increments or a Laplace prior, so these take all iterations. (Increments are as many as the
    /// iterations; a Laplace prior pulls in training too, by the steps of the trained model.)
    /// </summary>
    public static readonly OpenOption<Options, int> TrainingIterations = new(
        o => o.Inference.TrainingIterations, AtLeast(1),
        $"all Iterations below {SharedOptions.ManyRows} training rows, and with Gradient, Weight above 0, Increments or a Laplace prior; otherwise 3, or as many more as keep a step at 1/2",
        (o, data) =>
        {
            var (inference, all) = (Inference(o), o.Inference.Iterations);
            var isMeasured = inference is { Direction: TargetPropInferenceDirection.Estimator, InferenceWeight: 0 }
                && o.Prior.Kind != TargetPropCodePrior.Laplace && o.Inference.Maximization == TargetPropMaximization.FinalValues;
            return isMeasured && data.Rows >= SharedOptions.ManyRows ? Math.Min(all, Math.Max(3, (int)Math.Ceiling(all * inference.LongestStep / 0.5 - 1e-9))) : all;
        });

    public static readonly OpenOption<Options, int> CompletionEpochs = new(
        o => o.Completion.MaxEpochs, AtLeast(0, "0 (no completion maps) or more"),
        "MaxEpochs; if that is null too, " + CompletionDefaults.EpochsText,
        (o, data) => o.MaxEpochs ?? CompletionDefaults.Of(data.Rows, data.Columns).MaxEpochs);

    public static readonly OptionTable<Options> Table = new(
        new(),
        new(o => o.OutputColumnName, Column),
        SharedOptions.InputColumnName<Options>(o => o.InputColumnName),
        new(o => o.UncertaintyColumnName, ColumnOrNull("for none"), "none"),
        new(o => o.ObjectiveColumnName, ColumnOrNull("for none"), "none"),
        new(o => o.CodeColumnName, ColumnOrNull("for none"), "none"),
        new(o => o.Output, OneOf<TargetPropInpaintingOutput>()),
        new(o => o.SampleCount, Between(1, MaxSamples)),
        new(o => o.SampleSeed, Integer),
        new(o => o.VisibleUnits, OneOf<TargetPropVisibleUnits>(), "Logistic for all slots if all values lie in [0, 1]; otherwise Logistic for a slot of only 0 and 1, and Gaussian for the others"),
        new(o => o.ImageWidth, AtLeast(1), "the slots are no picture"),
        new(o => o.ImageHeight, AtLeast(1), "all slots are pixels"),
        HiddenUnits,
        new(o => o.Activation, OneOf<TargetPropActivation>()),
        MaxEpochs,
        BatchSize,
        LearningRate,
        SharedOptions.Schedule<Options>(o => o.Schedule),
        new(o => o.Noise, From0),
        new(o => o.Inference, Group<TargetPropInferenceOptions>()),
        new(o => o.Inference.Iterations, Between(1, InferenceSettings.MaxIterations)),
        TrainingIterations,
        new(o => o.Inference.Step, Number("a number above 0 and at most 1", v => v is > 0 and <= 1)),
        new(o => o.Inference.TopDownStep, From0To1),
        new(o => o.Inference.Weight, From0To1),
        new(o => o.Inference.Direction, OneOf<TargetPropInferenceDirection>()),
        new(o => o.Inference.Tolerance, Fraction),
        new(o => o.Inference.Maximization, OneOf<TargetPropMaximization>()),
        new(o => o.Prior, Group<TargetPropPriorOptions>()),
        new(o => o.Prior.Kind, OneOf<TargetPropCodePrior>()),
        new(o => o.Prior.Widening, Factor),
        new(o => o.Prior.Scale, Factor),
        new(o => o.Prior.Components, Between(1, GenerativeArchive.MaxComponents)),
        new(o => o.Prior.Step, From0To1),
        new(o => o.Completion, Group<TargetPropCompletionOptions>()),
        new(o => o.Completion.Rounds, Between(1, CompletionSettings.MaxRounds)),
        CompletionEpochs,
        new(o => o.Completion.EpochCallback, Callback, "none"),
        SharedOptions.Seed<Options>(o => o.Seed),
        SharedOptions.ValidationSet<Options>(o => o.ValidationSet),
        SharedOptions.ValidationFraction<Options>(o => o.ValidationFraction),
        SharedOptions.EarlyStoppingPatience<Options>(o => o.EarlyStoppingPatience),
        SharedOptions.EpochCallback<Options>(o => o.EpochCallback),
        SharedOptions.CancellationToken<Options>(o => o.CancellationToken))
    {
        Rules =
        [
            new(o => o.UncertaintyColumnName, o => IsNew(o.UncertaintyColumnName, o.OutputColumnName), _ => OwnName),
            new(o => o.ObjectiveColumnName, o => IsNew(o.ObjectiveColumnName, o.OutputColumnName, o.UncertaintyColumnName), _ => OwnName),
            new(o => o.CodeColumnName, o => IsNew(o.CodeColumnName, o.OutputColumnName, o.UncertaintyColumnName, o.ObjectiveColumnName), _ => OwnName),
            new(o => o.SampleCount, o => o.SampleCount == 1 || o.Output == TargetPropInpaintingOutput.Sample, o => $"1 when {nameof(o.Output)} is {o.Output}, which is the same every time"),
            new(o => o.ImageHeight, o => o.ImageHeight is null || o.ImageWidth is not null, o => $"null when {nameof(o.ImageWidth)} is null"),
            new(o => o.Prior.Widening, o => o.Prior.Widening == 1 || o.Prior.Kind is TargetPropCodePrior.Factorized or TargetPropCodePrior.FullCovariance, o => $"1 when Prior.Kind is {o.Prior.Kind}"),
            new(o => o.Inference.TrainingIterations, o => o.Inference.TrainingIterations is not { } iterations || (iterations >= MinIterations(o) && iterations <= o.Inference.Iterations), o =>
                $"{MinIterations(o)} to {o.Inference.Iterations} with these steps when Prior.Kind is {o.Prior.Kind}, or null"),
            SharedOptions.OneValidation<Options>(o => o.ValidationFraction, o => o.ValidationSet),
        ],
    };

    private const string OwnName = "a name that no other output column has";

    /// <summary>The E-step of the trained model.</summary>
    public static InferenceSettings Inference(Options options)
    {
        var inference = options.Inference;
        return new(inference.Iterations, inference.Step, inference.TopDownStep, inference.Weight, inference.Direction, options.Prior.Step, inference.Tolerance);
    }

    private static int MinIterations(Options options) => options.Prior.Kind == TargetPropCodePrior.Laplace ? options.Inference.Iterations : Inference(options).MinIterations;

    private static bool IsNew(string? name, params string?[] taken) => name is null || !taken.Contains(name);
}
