using Microsoft.ML.TargetProp.Supervised;
using static Microsoft.ML.TargetProp.MLNet.OptionRange;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The options of the classifiers: names, ranges, defaults, and conditions between them. <see cref="RegressionOptions"/> shares all but one.</summary>
internal static class ClassifierOptions
{
    public static readonly OpenOption<TargetPropOptions, int[]> HiddenUnits = ForText(TextRecipe.HiddenUnits, ForTables(
        SharedOptions.HiddenUnits<TargetPropOptions>(o => o.HiddenUnits, many: [500, 500, 500], few: [100, 100]),
        $"tables: [64, 64] for classes below {TableRecipe.MediumRows} training rows, otherwise [128, 128]", recipe => recipe.HiddenUnits));

    public static readonly OpenOption<TargetPropOptions, TargetPropActivation> Activation = new(
        o => o.Activation, OneOf<TargetPropActivation>(), "Sigmoid when UnitType is Stochastic; Relu in most networks for classes of a table below 2000 training rows; otherwise Tanh", (o, _) => new HiddenSignal(o.UnitType).Activation);

    public static readonly OpenOption<TargetPropOptions, int> BatchSize = ForTables(
        SharedOptions.BatchSize<TargetPropOptions>(o => o.BatchSize),
        $"tables: 32 below {TableRecipe.MediumRows} training rows, 64 below {TableRecipe.ManyRows}, otherwise 128", recipe => recipe.BatchSize);

    /// <summary>With feedback that learns at every second step, 32 epochs made fewer errors on held-out digits than 20 with feedback that learns at every step.</summary>
    public static readonly OpenOption<TargetPropOptions, int> MaxEpochs = ForText(TextRecipe.Epochs, MaxEpochsWith(SharedOptions.MaxEpochs<TargetPropOptions>(o => o.MaxEpochs, BatchSize, fewest: 32)));

    public static readonly OpenOption<TargetPropOptions, double> LearningRate = new(
        o => o.LearningRate, Above0, "c / units of the widest hidden layer, at most 0.01; c is 0.35 for DifferenceTargetPropagation, TargetPropagation and Backpropagation, 0.6 to 1.2 for others, and 0.8 with Stochastic units",
        (o, data) => Rate(o, data, Suited(o).Rate));

    public static readonly OpenOption<TargetPropOptions, double> TargetStep = new(
        o => o.TargetStep, Above0, "10 with TargetPropagation, otherwise 0.5; at least 2 for discrete units; 1 for stochastic units", (o, _) => Suited(o).TargetStep);

    public static readonly OpenOption<TargetPropOptions, double> FeedbackLearningRate = new(
        o => o.Feedback.LearningRate, From0, "c / units of the widest hidden layer, at most 0.01; c is 0.5, 1 with TargetPropagation, 1.2 with LocalDifferenceReconstruction",
        (o, data) => Rate(o, data, Suited(o).FeedbackRate));

    public static readonly OpenOption<TargetPropOptions, double> FeedbackNoise = new(o => o.Feedback.Noise, From0, "0.2", (o, _) => Suited(o).FeedbackNoise);

    public static readonly OpenOption<TargetPropOptions, int> FeedbackInterval = new(
        o => o.Feedback.Interval, AtLeast(1), $"2 with DifferenceTargetPropagation on tables, and from {SharedOptions.ManyRows} training rows on; otherwise 1",
        (o, data) => data.IsTable || data.Rows >= SharedOptions.ManyRows ? Suited(o).FeedbackIntervalOfManyRows : 1);

    public static readonly OpenOption<TargetPropOptions, int> FeedbackSteps = new(o => o.Feedback.Steps, AtLeast(1), "2 with LocalDifferenceReconstruction, otherwise 1", (o, _) => Suited(o).FeedbackSteps);

    public static readonly OpenOption<TargetPropOptions, double?> FeedbackWeightDecay = new(
        o => o.Feedback.WeightDecay, From0, "0.1 with DifferenceReconstruction, otherwise that of the forward maps", (o, _) => Suited(o).FeedbackWeightDecay);

    /// <summary>
    /// The noise of a unit's input, a mean over the columns, falls with √columns. So the noise of a column may grow with √columns: 0.6 at 784.
    /// Columns that <see cref="ColumnScreening"/> left out do not count.
    /// </summary>
    public static readonly OpenOption<TargetPropOptions, double> InputNoise = new(
        o => o.InputNoise, From0, "0.6 √(columns / 784), at most 0.6, on standardised features; 0 on others, and with an Augmentation that moves pictures", (o, data) =>
        {
            var scales = data.Encoding switch
            {
                Standardization all => all.Scale,
                TableEncoding table when table.Codes.All(code => code.Form == ColumnForm.Standardized) => table.Codes.Select(code => code.Scale),
                _ => [],
            };
            if (o.Augmentation is { IsIdentity: false } || !scales.Any())
                return 0;
            var columns = IsWide(data.Encoding!.Columns, data.Rows) ? scales.Count(s => s != 0) : data.Encoding.Columns;
            return 0.6 * Math.Min(1, Math.Sqrt(columns / 784.0));
        });

    public static readonly OpenOption<TargetPropOptions, double> Dropout = new(
        o => o.Dropout, Fraction, $"0.2 for classes of a table below {TableRecipe.MediumRows} training rows, otherwise 0", (_, data) => data.IsTable ? TableRecipe.For(data).Dropout : 0);

    public static readonly OpenOption<TargetPropOptions, int> Members = new(
        o => o.Members, Between(1, NetworkArchive.MaxMembers), $"tables: 16 for classes of {TableRecipe.FewestRows} to {TableRecipe.MediumRows - 1} training rows, otherwise 4; sparse rows: {TextRecipe.Members}; others: 1",
        (_, data) => data.IsTable ? TableRecipe.For(data).Members : data.AreSparse ? TextRecipe.Members : 1);

    /// <summary>The one option that other trainers do not have.</summary>
    public static readonly Option<TargetPropOptions> LabelSmoothing = new(
        o => ((TargetPropClassifierOptions)o).LabelSmoothing, Fraction, Path: nameof(TargetPropClassifierOptions.LabelSmoothing));

    public static readonly OptionTable<TargetPropOptions> Table = new(
        new TargetPropMulticlassTrainer.Options { Augmentation = new() },
        new(o => o.LabelColumnName, Column),
        new(o => o.FeatureColumnName, Column),
        new(o => o.ExampleWeightColumnName, ColumnOrNull("for no weights"), "all rows count alike"),
        HiddenUnits,
        Activation,
        new(o => o.UnitType, OneOf<TargetPropUnitType>()),
        new(o => o.QuantizationLevels, Between(2, HiddenSignal.MaxLevels)),
        new(o => o.PredictionPasses, Between(1, HiddenSignal.MaxPasses)),
        new(o => o.PredictionSeed, Integer, "the seed of training"),
        new(o => o.LearningRule, OneOf<TargetPropLearningRule>()),
        new(o => o.Feedback, Group<TargetPropFeedbackOptions>()),
        new(o => o.Feedback.Learning, OneOf<TargetPropFeedbackLearning>()),
        FeedbackLearningRate,
        FeedbackNoise,
        FeedbackInterval,
        FeedbackSteps,
        FeedbackWeightDecay,
        MaxEpochs,
        BatchSize,
        LearningRate,
        TargetStep,
        new(o => o.Optimizer, OneOf<TargetPropOptimizer>()),
        SharedOptions.Schedule<TargetPropOptions>(o => o.Schedule),
        new(o => o.WeightDecay, From0, "tables: 0.1 to 3, by member; sparse rows: 0; others: tried on held-out rows (0, 0.3 and 3) with 20 to 9999 training rows and MaxEpochs null, otherwise 0"),
        InputNoise,
        new(o => o.Augmentation, Any("a TargetPropImageAugmentation, or null"), "pictures are not moved"),
        new(o => o.Augmentation?.Width, AtLeast(1)),
        new(o => o.Augmentation?.Height, AtLeast(1), "features / (Width × Channels)"),
        new(o => o.Augmentation?.Channels, AtLeast(1)),
        new(o => o.Augmentation?.Shift, From0),
        new(o => o.Augmentation?.Rotation, Number("a number from 0 to 180", v => v is >= 0 and <= 180)),
        new(o => o.Augmentation?.Scale, From0),
        new(o => o.Augmentation?.Elastic, From0),
        new(o => o.Augmentation?.ElasticSmoothness, Above0),
        new(o => o.InputDropout, Fraction, FormattableString.Invariant($"tables: 0.1 for classes, by member; sparse rows: {TextRecipe.InputDropout}; otherwise 0")),
        Dropout,
        LabelSmoothing,
        new(o => o.FeatureEncoding, OneOf<TargetPropFeatureEncoding>()),
        new(o => o.MissingValues, OneOf<TargetPropMissingValues>()),
        Members,
        SharedOptions.Seed<TargetPropOptions>(o => o.Seed),
        SharedOptions.ValidationSet<TargetPropOptions>(o => o.ValidationSet),
        SharedOptions.ValidationFraction<TargetPropOptions>(o => o.ValidationFraction),
        SharedOptions.EarlyStoppingPatience<TargetPropOptions>(o => o.EarlyStoppingPatience),
        SharedOptions.EpochCallback<TargetPropOptions>(o => o.EpochCallback),
        new(o => o.DiagnosticsRows, AtLeast(0, "0 (off) or more rows")),
        SharedOptions.CancellationToken<TargetPropOptions>(o => o.CancellationToken))
    {
        Rules =
        [
            new(o => o.Feedback.Learning, o => Rule(o).Refusal(o.Feedback.Learning) is null, o =>
                $"{Names<TargetPropFeedbackLearning>(f => Rule(o).Refusal(f) is null)} when {nameof(o.LearningRule)} is {o.LearningRule}, because {Rule(o).Refusal(o.Feedback.Learning)}"),
            new(o => o.BatchSize, o => o.BatchSize != 1 || !Rule(o).NormalizesLayers, o =>
                $"2 or more when {nameof(o.LearningRule)} is {o.LearningRule}, which normalises activities over the rows of a mini-batch"),
            new(o => o.LearningRule, o => Rule(o).Allows(o.UnitType), o => o.UnitType == TargetPropUnitType.Continuous
                ? $"any other rule when {nameof(o.UnitType)} is {o.UnitType}: with continuous units it is {TargetPropLearningRule.Backpropagation}"
                : $"{Names<TargetPropLearningRule>(r => LearningRule.Of(r).Allows(o.UnitType))} when {nameof(o.UnitType)} is {o.UnitType}: the others need a derivative of what units send, or carry no target to a probability"),
            new(o => o.Activation, o => IsSmooth(o) || o.Activation is null || o.Activation == new HiddenSignal(o.UnitType).Activation, o =>
                $"{new HiddenSignal(o.UnitType).Activation} when {nameof(o.UnitType)} is {o.UnitType}, or null"),
            new(o => o.DiagnosticsRows, o => IsSmooth(o) || o.DiagnosticsRows == 0, o =>
                $"0 when {nameof(o.UnitType)} is {o.UnitType}: diagnostics compare derivatives, which such units do not have"),
            new(o => o.Feedback.Learning, o => IsSmooth(o) || Rule(o).Resolve(o.Feedback.Learning) is TargetPropFeedbackLearning.Reconstruction or TargetPropFeedbackLearning.None, o =>
                $"{TargetPropFeedbackLearning.Reconstruction}, {TargetPropFeedbackLearning.None} when {nameof(o.UnitType)} is {o.UnitType}: the others compare small differences of activities, which levels do not have"),
            new(o => o.HiddenUnits, o => IsSmooth(o) || o.HiddenUnits is null or { Length: >= 2 }, o =>
                $"two layers or more when {nameof(o.UnitType)} is {o.UnitType}: the output layer reads the activities of the last hidden layer themselves"),
            new(o => o.WeightDecay, o => o.WeightDecay is not { } decay || decay * Math.Max(o.LearningRate ?? MaxRate, o.Feedback.LearningRate ?? MaxRate) < 1, _ => "a number that is below 1 when multiplied by a learning rate"),
            new(o => o.Feedback.WeightDecay, o => o.Feedback.WeightDecay is not { } decay || decay * (o.Feedback.LearningRate ?? MaxRate) < 1, _ => "a number that is below 1 when multiplied by the learning rate of the feedback maps"),
            SharedOptions.OneValidation<TargetPropOptions>(o => o.ValidationFraction, o => o.ValidationSet),
        ],
    };

    private const int FewestTableEpochs = 5;

    private const int MostTableEpochs = 500;

    /// <summary>The largest learning rate that is chosen.</summary>
    private const double MaxRate = 0.01;

    /// <summary>The options with every open choice made.</summary>
    /// <param name="options">Checked options.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="data">The rows, with the hidden units and the encoding that were chosen for them.</param>
    public static ClassifierSettings Settings(TargetPropOptions options, int seed, DataFacts data) =>
        new()
        {
            Rule = options.LearningRule,
            MaxEpochs = MaxEpochs.Of(options, data),
            BatchSize = BatchSize.Of(options, data),
            LearningRate = LearningRate.Of(options, data),
            FeedbackLearningRate = FeedbackLearningRate.Of(options, data),
            TargetStep = TargetStep.Of(options, data),
            FeedbackLearning = options.Feedback.Learning,
            FeedbackNoise = FeedbackNoise.Of(options, data),
            FeedbackInterval = FeedbackInterval.Of(options, data),
            FeedbackSteps = FeedbackSteps.Of(options, data),
            FeedbackWeightDecay = FeedbackWeightDecay.Of(options, data),
            Optimizer = options.Optimizer,
            Schedule = options.Schedule,
            WeightDecay = options.WeightDecay ?? 0,
            InputNoise = InputNoise.Of(options, data),
            Augmentation = options.Augmentation is { IsIdentity: true } ? null : options.Augmentation,
            InputDropout = options.InputDropout ?? 0,
            Dropout = Dropout.Of(options, data),
            LabelSmoothing = options is TargetPropClassifierOptions classes ? classes.LabelSmoothing : 0,
            Seed = seed,
            EarlyStoppingPatience = options.EarlyStoppingPatience,
        };

    /// <summary>What hidden layers send, and how predictions are made from it.</summary>
    public static HiddenSignal Signal(TargetPropOptions options, int seed) => options.UnitType switch
    {
        TargetPropUnitType.Continuous => HiddenSignal.Continuous,
        TargetPropUnitType.Quantized => new(options.UnitType, Levels: options.QuantizationLevels),
        TargetPropUnitType.Stochastic => new(options.UnitType, Passes: options.PredictionPasses, Seed: options.PredictionSeed ?? seed),
        _ => new(options.UnitType),
    };

    /// <summary>Whether a network could fit the training rows by columns of chance alone.</summary>
    public static bool IsWide(int columns, long rows) => columns > rows;

    /// <summary>Whether <see cref="WeightDecayChoice"/> chooses the weight decay.</summary>
    public static bool LeavesDecayOpen(TargetPropOptions options, DataFacts data) =>
        !data.IsTable && !data.AreSparse && options.WeightDecay is null && options.MaxEpochs is null && data.Rows is >= WeightDecayChoice.MinRows and < SharedOptions.ManyRows;

    /// <summary>
    /// Whether members of a committee leave out rows, which then weigh them. Rules that normalise over a mini-batch need all of its rows.
    /// </summary>
    public static bool LeavesOutRows(TargetPropOptions options, DataFacts data) =>
        data.IsTable && options.Members is null && TableRecipe.For(data).Parts > 1 && !Rule(options).NormalizesLayers;

    /// <summary>An option whose choice on tables is part of <see cref="TableRecipe"/>.</summary>
    private static OpenOption<TargetPropOptions, T> ForTables<T>(OpenOption<TargetPropOptions, T> others, string text, Func<TableRecipe, T> choose) => others with
    {
        WhenNull = $"{text}; others: {others.WhenNull}",
        Choose = (o, data) => data.IsTable ? choose(TableRecipe.For(data)) : others.Choose(o, data),
    };

    /// <summary>An option whose choice on wide, sparse rows is part of <see cref="TextRecipe"/>.</summary>
    private static OpenOption<TargetPropOptions, T> ForText<T>(T chosen, OpenOption<TargetPropOptions, T> others) => others with
    {
        WhenNull = $"sparse rows: {OptionText.Of(chosen)}; {others.WhenNull}",
        Choose = (o, data) => data.AreSparse ? chosen : others.Choose(o, data),
    };

    /// <summary>A small table has few mini-batches in an epoch, and a large one is not read over and over.</summary>
    private static OpenOption<TargetPropOptions, int> MaxEpochsWith(OpenOption<TargetPropOptions, int> others) => others with
    {
        WhenNull = $"tables: 440 to 600 mini-batches for classes below {TableRecipe.MediumRows} training rows, 1000 for numbers there, 4000 below {TableRecipe.ManyRows}, otherwise 8000, in {FewestTableEpochs} to {MostTableEpochs} epochs; others: {others.WhenNull}",
        Choose = (o, data) => data.IsTable
            ? (int)Math.Clamp(Math.Ceiling((double)TableRecipe.For(data).Steps * BatchSize.Of(o, data) / data.Rows), FewestTableEpochs, MostTableEpochs)
            : others.Choose(o, data),
    };

    private static LearningRule Rule(TargetPropOptions options) => LearningRule.Of(options.LearningRule);

    private static RuleDefaults Suited(TargetPropOptions options) => Rule(options).DefaultsFor(options.Feedback.Learning, options.UnitType);

    private static double Rate(TargetPropOptions options, DataFacts data, double suited) =>
        Math.Min(MaxRate, Math.Min(1, Suited(options).FullRateLayers / data.HiddenUnits.Count) * suited / data.HiddenUnits.Max());

    private static bool IsSmooth(TargetPropOptions options) => options.UnitType == TargetPropUnitType.Continuous;

    private static string Names<T>(Func<T, bool> allowed) where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Where(allowed));
}
