using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>A trainer in a comparison, with the preparation that its documentation asks for.</summary>
/// <param name="Name">Name in tables.</param>
/// <param name="Options">Everything that its result depends on, for <see cref="Trial.Options"/>.</param>
/// <param name="Create">
/// Makes the part of a pipeline from Features and the key Label to Score. Trainers with epochs call the second argument at the end of
/// each epoch.
/// </param>
internal sealed record Contender(
    string Name, IReadOnlyDictionary<string, string> Options, Func<MLContext, Action<TargetPropEpochMetrics>?, IEstimator<ITransformer>> Create)
{
    /// <summary>Whether the trainer reads NaN as a gap. For others, gaps are replaced by the mean of their column.</summary>
    public bool TakesGaps { get; init; }

    /// <summary>Whether it learns a model for each class, which takes long with many classes or columns.</summary>
    public bool LearnsAModelForEachClass { get; init; }

    /// <summary>This library's trainer with given options.</summary>
    /// <param name="name">Name in tables.</param>
    /// <param name="options">Makes the options of each training.</param>
    public static Contender TargetProp(string name, Func<TargetPropMulticlassTrainer.Options> options) => new(
        name,
        new Dictionary<string, string>(OptionSetting.Describe(options())) { ["trainer"] = CodeIdentity.Library },
        (mlContext, onEpoch) =>
        {
            TargetPropMulticlassTrainer.Options all = options();
            all.EpochCallback = onEpoch;
            return mlContext.MulticlassClassification.Trainers.TargetPropClassifier(all);
        }) { TakesGaps = true };

    /// <summary>LightGBM's boosted trees with ML.NET's defaults.</summary>
    public static Contender LightGbm { get; } = Peer(
        "LightGbm", "default", mlContext => mlContext.MulticlassClassification.Trainers.LightGbm()) with { TakesGaps = true };

    /// <summary>ML.NET's boosted trees with their defaults. They tell two classes apart, so there is a model for each class.</summary>
    public static Contender FastTree { get; } = Peer(
        "FastTree", "default, OneVersusAll",
        mlContext => mlContext.MulticlassClassification.Trainers.OneVersusAll(mlContext.BinaryClassification.Trainers.FastTree())) with { LearnsAModelForEachClass = true };

    /// <summary>ML.NET's random forest with its defaults. It tells two classes apart, so there is a model for each class, calibrated.</summary>
    public static Contender FastForest { get; } = Peer(
        "FastForest", "default, OneVersusAll",
        mlContext => mlContext.MulticlassClassification.Trainers.OneVersusAll(mlContext.BinaryClassification.Trainers.FastForest())) with { LearnsAModelForEachClass = true };

    /// <summary>ML.NET's linear model with its stochastic trainer and its defaults.</summary>
    /// <param name="normalized">Whether columns are first scaled to mean 0 and deviation 1, as its documentation asks.</param>
    public static Contender Sdca(bool normalized) => Peer(
        "SdcaMaximumEntropy",
        normalized ? "default, NormalizeMeanVariance" : "default",
        mlContext => Normalized(mlContext, normalized, mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy()));

    /// <summary>ML.NET's linear model with its quasi-Newton trainer and its defaults.</summary>
    /// <param name="normalized">Whether columns are first scaled to mean 0 and deviation 1, as its documentation asks.</param>
    public static Contender Lbfgs(bool normalized) => Peer(
        "LbfgsMaximumEntropy",
        normalized ? "default, NormalizeMeanVariance" : "default",
        mlContext => Normalized(mlContext, normalized, mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy()));

    private static Contender Peer(string name, string options, Func<MLContext, IEstimator<ITransformer>> create) => new(
        name,
        new Dictionary<string, string> { ["options"] = options, ["trainer"] = $"{name}, {CodeIdentity.MLNet}" },
        (mlContext, _) => create(mlContext));

    private static IEstimator<ITransformer> Normalized(MLContext mlContext, bool normalized, IEstimator<ITransformer> trainer) => normalized
        ? new EstimatorChain<ITransformer>().Append(mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false)).Append(trainer)
        : trainer;
}
