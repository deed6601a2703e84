using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Predicted labels of the test rows, and the duration of Fit.</summary>
internal sealed record ValuePrediction(IReadOnlyList<float> Labels, double Seconds);

/// <summary>A regression trainer in a comparison, with the preparation that its documentation asks for.</summary>
/// <param name="Name">Name in tables.</param>
/// <param name="Options">Everything that its result depends on, for <see cref="Trial.Options"/>.</param>
/// <param name="Predict">Learns from the training rows and predicts the labels of the test rows.</param>
internal sealed record ValueContender(
    string Name, IReadOnlyDictionary<string, string> Options, Func<ValueSplit, TrialContext, ValuePrediction> Predict)
{
    /// <summary>LightGBM's boosted trees with ML.NET's defaults.</summary>
    public static ValueContender LightGbm { get; } = Peer("LightGbm", "default", takesGaps: true, mlContext => mlContext.Regression.Trainers.LightGbm());

    /// <summary>ML.NET's boosted trees with their defaults.</summary>
    public static ValueContender FastTree { get; } = Peer("FastTree", "default", takesGaps: false, mlContext => mlContext.Regression.Trainers.FastTree());

    /// <summary>ML.NET's linear model with its stochastic trainer and its defaults, after scaling columns to mean 0 and deviation 1.</summary>
    public static ValueContender Sdca { get; } = Peer(
        "Sdca", "default, NormalizeMeanVariance", takesGaps: false,
        mlContext => new EstimatorChain<ITransformer>().Append(mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false)).Append((IEstimator<ITransformer>)mlContext.Regression.Trainers.Sdca()));

    /// <summary>See <see cref="RidgeRegression"/>.</summary>
    public static ValueContender Ridge { get; } = new(
        "ridge", new Dictionary<string, string> { ["options"] = "penalty by generalised cross-validation" },
        (split, _) =>
        {
            long start = Stopwatch.GetTimestamp();
            RidgeRegression model = RidgeRegression.Fit(split.Train.Features, split.Train.Labels);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return new ValuePrediction(model.Predict(split.Test.Features), seconds);
        });

    /// <summary>This library's trainer with given options.</summary>
    /// <param name="name">Name in tables.</param>
    /// <param name="options">Makes the options of each training.</param>
    public static ValueContender TargetProp(string name, Func<TargetPropRegressionTrainer.Options> options) => new(
        name,
        new Dictionary<string, string>(OptionSetting.Describe(options())) { ["trainer"] = CodeIdentity.Library },
        (split, context) => FitAndPredict(split, context, takesGaps: true, mlContext =>
        {
            TargetPropRegressionTrainer.Options all = options();
            all.EpochCallback = context.OnValueEpoch;
            return mlContext.Regression.Trainers.TargetPropRegression(all);
        }));

    private static ValueContender Peer(string name, string options, bool takesGaps, Func<MLContext, IEstimator<ITransformer>> create) => new(
        name,
        new Dictionary<string, string> { ["options"] = options, ["trainer"] = $"{name}, {CodeIdentity.MLNet}" },
        (split, context) => FitAndPredict(split, context, takesGaps, create));

    private static ValuePrediction FitAndPredict(ValueSplit split, TrialContext context, bool takesGaps, Func<MLContext, IEstimator<ITransformer>> create)
    {
        MLContext mlContext = new(context.Seed);
        EstimatorChain<ITransformer> begun = new();
        if (split.Train.HasGaps && !takesGaps)
        {
            begun = begun.Append((IEstimator<ITransformer>)mlContext.Transforms.ReplaceMissingValues("Features", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean));
        }

        IDataView train = split.Train.ToDataView(mlContext);
        long start = Stopwatch.GetTimestamp();
        TransformerChain<ITransformer> model = begun.Append(create(mlContext)).Fit(train);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new ValuePrediction([.. model.Transform(split.Test.ToDataView(mlContext)).GetColumn<float>("Score")], seconds);
    }
}
