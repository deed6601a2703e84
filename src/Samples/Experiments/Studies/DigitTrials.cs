using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Trials that train this library's classifier on digits and measure it, and the names of their measurements.</summary>
internal static class DigitTrials
{
    /// <summary>Part of the rows with a wrong class.</summary>
    public const string Error = "error";

    /// <summary>Mean of −ln(probability of the true class).</summary>
    public const string LogLoss = "log-loss";

    /// <summary>Expected calibration error.</summary>
    public const string Calibration = "ece";

    /// <summary>Duration of Fit, with reading the rows.</summary>
    public const string Seconds = "seconds";

    /// <summary>Series: training log-loss in each epoch.</summary>
    public const string TrainingLoss = "training-loss";

    /// <summary>Series: part of the training rows with a wrong class in each epoch.</summary>
    public const string TrainingError = "training-error";

    /// <summary>Series: rows in each bin of the reliability diagram.</summary>
    public const string BinCount = "bin-count";

    /// <summary>Series: mean confidence in each bin.</summary>
    public const string BinConfidence = "bin-confidence";

    /// <summary>Series: part of the rows that are right in each bin.</summary>
    public const string BinAccuracy = "bin-accuracy";

    /// <summary>A trial for each seed of a request.</summary>
    /// <param name="request">The kind of run; its settings are applied to the options.</param>
    /// <param name="digits">The data.</param>
    /// <param name="configuration">Name of the rows in tables.</param>
    /// <param name="options">Makes the options of each trial.</param>
    /// <param name="more">Adds measurements of the epochs, or null.</param>
    /// <param name="ofModel">Adds measurements of the model and of the scored rows, or null.</param>
    public static IEnumerable<Trial> ForEachSeed(
        StudyRequest request, StudyDigits digits, string configuration, Func<TargetPropMulticlassTrainer.Options> options,
        Action<Measurements, IReadOnlyList<TargetPropEpochMetrics>>? more = null,
        Action<Measurements, TransformerChain<TargetPropMulticlassTransformer>, IDataView>? ofModel = null)
    {
        TargetPropMulticlassTrainer.Options Create()
        {
            TargetPropMulticlassTrainer.Options all = options();
            foreach (OptionSetting setting in request.Settings)
            {
                setting.ApplyTo(all);
            }

            return all;
        }

        Dictionary<string, string> described = new(OptionSetting.Describe(Create()))
        {
            ["data"] = digits.Identity,
            ["trainer"] = CodeIdentity.Library,
        };
        return request.SeedNumbers.Select(seed => new Trial(configuration, seed, described, context => Measure(digits, Create(), context, more, ofModel)));
    }

    private static Measurements Measure(
        StudyDigits digits, TargetPropMulticlassTrainer.Options options, TrialContext context,
        Action<Measurements, IReadOnlyList<TargetPropEpochMetrics>>? more, Action<Measurements, TransformerChain<TargetPropMulticlassTransformer>, IDataView>? ofModel)
    {
        MLContext mlContext = new(context.Seed);
        List<TargetPropEpochMetrics> epochs = [];
        options.EpochCallback = epoch =>
        {
            epochs.Add(epoch);
            context.OnEpoch(epoch);
        };
        context.Report(0, "reading the rows, first epoch");
        long start = Stopwatch.GetTimestamp();
        TransformerChain<TargetPropMulticlassTransformer> model = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.MulticlassClassification.Trainers.TargetPropClassifier(options))
            .Fit(digits.Train.ToDataView(mlContext));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        IDataView scored = model.Transform(digits.Test.ToDataView(mlContext));
        ClassifierScore score = ClassifierScore.Of(scored);
        Measurements measured = new Measurements()
            .Add(Error, score.Error)
            .Add(LogLoss, score.LogLoss)
            .Add(Calibration, score.CalibrationError)
            .Add(Seconds, seconds)
            .Add(TrainingLoss, epochs.Select(e => e.TrainingLoss))
            .Add(TrainingError, epochs.Select(e => e.TrainingError))
            .Add(BinCount, score.Bins.Select(b => (double)b.Count))
            .Add(BinConfidence, score.Bins.Select(b => b.Confidence))
            .Add(BinAccuracy, score.Bins.Select(b => b.Accuracy));
        more?.Invoke(measured, epochs);
        ofModel?.Invoke(measured, model, scored);
        return measured;
    }
}
