using Microsoft.ML.TargetProp.Supervised;


namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>What the classifiers do where an option is left open; the documentation of <see cref="TargetPropOptions"/> says the same.</summary>
internal static class ClassifierDefaults
{
    /// <summary>From this many training rows on, the network is the large one.</summary>
    private const int ManyRows = 10_000;

    /// <summary>With feedback learned at every second step, 32 epochs made fewer errors on held-out digits than 20 with it at every step.</summary>
    private const int FewestEpochs = 32;

    /// <summary>The options with every open choice made for a training set of this size.</summary>
    public static LearningSettings Settings(TargetPropOptions options, int seed, int rows, NetworkShape shape, Standardization? standardization)
    {
        var batchSize = options.BatchSize ?? TrainingLength.BatchSize(rows);
        var widest = shape.HiddenUnits.Max();
        var suited = LearningRule.Of(options.LearningRule).DefaultsFor(options.Feedback.Learning, options.UnitType);
        var depth = DepthFactor(options.LearningRule, shape.HiddenUnits.Count);
        return new()
        {
            Rule = options.LearningRule,
            MaxEpochs = options.MaxEpochs ?? TrainingLength.Epochs(rows, batchSize, FewestEpochs),
            BatchSize = batchSize,
            LearningRate = options.LearningRate ?? Math.Min(0.01, depth * suited.Rate / widest),
            FeedbackLearningRate = options.Feedback.LearningRate ?? Math.Min(0.01, depth * suited.FeedbackRate / widest),
            TargetStep = options.TargetStep ?? suited.TargetStep,
            FeedbackLearning = options.Feedback.Learning,
            FeedbackNoise = options.Feedback.Noise ?? suited.FeedbackNoise,
            FeedbackInterval = options.Feedback.Interval ?? FeedbackInterval(options.LearningRule, rows),
            FeedbackSteps = options.Feedback.Steps ?? suited.FeedbackSteps,
            FeedbackWeightDecay = options.Feedback.WeightDecay ?? suited.FeedbackWeightDecay,
            Optimizer = options.Optimizer,
            Schedule = options.Schedule,
            WeightDecay = options.WeightDecay ?? 0,
            InputNoise = options.InputNoise ?? (options.Augmentation is null or { IsIdentity: true } ? InputNoise(standardization, rows) : 0),
            Augmentation = options.Augmentation,
            InputDropout = options.InputDropout,
            Dropout = options.Dropout,
            LabelSmoothing = options.LabelSmoothing,
            Seed = seed,
            EarlyStoppingPatience = options.EarlyStoppingPatience,
        };
    }

    /// <summary>The hidden layers of a network for a training set of this size.</summary>
    public static int[] HiddenUnits(int rows) => rows >= ManyRows ? [500, 500, 500] : [100, 100];

    /// <summary>
    /// Feedback that learns to reconstruct follows the forward maps well enough when it moves at every second step, where there are many; the
    /// other kinds of feedback learning have not been tried so.
    /// </summary>
    private static int FeedbackInterval(TargetPropLearningRule rule, int rows) =>
        rows >= ManyRows && rule == TargetPropLearningRule.DifferenceTargetPropagation ? 2 : 1;

    /// <summary>
    /// Targets of the lowest layers come through every feedback map above, each of which follows a forward map that moves: the deeper the
    /// network, the slower all must move. (Seven layers: 2.24 % errors on held-out digits without the factor, 1.91 % with it.)
    /// </summary>
    private static double DepthFactor(TargetPropLearningRule rule, int hiddenLayers) =>
        rule == TargetPropLearningRule.DifferenceTargetPropagation ? Math.Min(1, 3.0 / hiddenLayers) : 1;

    /// <summary>What hidden layers send, and how predictions are made from it.</summary>
    public static HiddenSignal Signal(TargetPropOptions options, int seed) => options.UnitType switch
    {
        TargetPropUnitType.Continuous => HiddenSignal.Continuous,
        TargetPropUnitType.Quantized => new(options.UnitType, Levels: options.QuantizationLevels),
        TargetPropUnitType.Stochastic => new(options.UnitType, Passes: options.PredictionPasses, Seed: options.PredictionSeed ?? seed),
        _ => new(options.UnitType),
    };

    /// <summary>
    /// In proportion to √columns, 0.6 at 784: the noise that a unit sees, a mean over many columns, falls as one over that. Where
    /// <see cref="ColumnScreening"/> left columns out, those that are left count.
    /// </summary>
    public static double InputNoise(Standardization? standardization, int rows)
    {
        if (standardization is null)
            return 0;
        var columns = IsWide(standardization.Columns, rows) ? standardization.Scale.Count(s => s != 0) : standardization.Columns;
        return 0.6 * Math.Min(1, Math.Sqrt(columns / 784.0));
    }

    /// <summary>Whether a network could fit the rows by columns of chance alone.</summary>
    public static bool IsWide(int columns, int rows) => columns > rows;

    /// <summary>Whether <see cref="WeightDecayChoice"/> is to choose the weight decay.</summary>
    public static bool LeavesDecayOpen(TargetPropOptions options, int rows) =>
        options.WeightDecay is null && options.MaxEpochs is null && rows is >= WeightDecayChoice.FewestRows and < ManyRows;
}
