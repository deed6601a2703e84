using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>
/// The auto-encoder without back-propagation on MNIST: its code as features of a linear trainer of ML.NET, and its layers as first layers of a
/// classifier. Each is compared with the same without the auto-encoder.
/// </summary>
internal sealed class AutoencoderStudy : IStudy
{
    private const string LinearOnCode = "code, then LbfgsMaximumEntropy";
    private const string LinearOnPixels = "pixels, then LbfgsMaximumEntropy";
    private const string Pretrained = "500-500-500, pretrained";
    private const string Untrained = "500-500-500, not pretrained";
    private const string CodeSeconds = "seconds of the auto-encoder";

    // On held-out rows, a code of 2,000 (10 epochs): 2.65 % errors with an L2 of 3, 2.51 % with 10, 2.53 % with 30; SdcaMaximumEntropy with
    // 20 iterations 3.5 %, and 6.0 % without normalisation, where it had not converged.
    private const int Iterations = 60;
    private const float L2 = 10;

    // On held-out rows, pretrained: 1.58 % errors with standardised pixels and the defaults of the trainer, 1.53 % with raw ones, less noise and
    // 40 epochs. Without pretraining the defaults made 1.49 %.
    private const double PixelNoise = 0.3;
    private const int Epochs = 40;
    private const int PretrainingEpochs = 5;
    private const int QuickEpochs = 2;
    private const int PicturesInARow = 20;

    public string Name => "autoencoder";

    public string Summary => "the auto-encoder without back-propagation on MNIST: its code under a linear trainer, and as pretraining; filters and reconstructions";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        TargetPropFeaturizerEstimator.Options Code(int seed) => new() { Seed = seed, MaxEpochs = request.Quick ? QuickEpochs : null };
        TargetPropFeaturizerEstimator.Options Layers(int seed) => new()
        {
            HiddenUnits = [500, 500, 500],
            Activation = TargetPropActivation.Tanh,
            StandardizeFeatures = false,
            InputNoise = PixelNoise,
            MaxEpochs = request.Quick ? QuickEpochs : PretrainingEpochs,
            Seed = seed,
        };
        TargetPropMulticlassTrainer.Options Classifier(int seed) => new()
        {
            HiddenUnits = [500, 500, 500],
            FeatureEncoding = TargetPropFeatureEncoding.None,
            InputNoise = PixelNoise,
            MaxEpochs = request.Quick ? QuickEpochs : Epochs,
            Seed = seed,
        };

        Dictionary<string, string> described = Described(digits, request);
        Dictionary<string, string> deep = new(described) { ["epochs"] = $"{PretrainingEpochs}, {Epochs}", ["noise"] = PixelNoise.ToString(CultureInfo.InvariantCulture) };
        IEnumerable<Trial> Trials(string configuration, Dictionary<string, string> options, Func<TrialContext, Measurements> run) =>
            request.SeedNumbers.Select(seed => new Trial(configuration, seed, options, run));
        return new StudyPlan(
            [
                .. Trials(LinearOnCode, described, context => Linear(digits, context, Code(context.Seed))),
                .. Trials(LinearOnPixels, described, context => Linear(digits, context, null)),
                .. Trials(Pretrained, deep, context => Deep(digits, context, Classifier(context.Seed), Layers(context.Seed))),
                .. Trials(Untrained, deep, context => Deep(digits, context, Classifier(context.Seed), null)),
            ],
            results => Report(request, digits, results));
    }

    private static Dictionary<string, string> Described(StudyDigits digits, StudyRequest request) => new()
    {
        ["data"] = digits.Identity,
        ["trainer"] = CodeIdentity.Library,
        ["length"] = request.Quick ? "quick" : "full",
    };

    private static Measurements Linear(StudyDigits digits, TrialContext context, TargetPropFeaturizerEstimator.Options? code)
    {
        MLContext mlContext = new(context.Seed);
        IDataView train = digits.Train.ToDataView(mlContext), test = digits.Test.ToDataView(mlContext);
        long start = Stopwatch.GetTimestamp();
        double seconds = 0;
        if (code is not null)
        {
            TargetPropFeaturizerTransformer encoder = Encoder(mlContext, context, code, train);
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Draw(encoder.Model, digits, context);
            (train, test) = (encoder.Transform(train), encoder.Transform(test));
        }

        context.Report(0.5, "the linear trainer");
        TransformerChain<MulticlassPredictionTransformer<MaximumEntropyModelParameters>> model = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false))
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
            {
                L1Regularization = 0, L2Regularization = L2, MaximumNumberOfIterations = Iterations,
            }))
            .Fit(train);
        return Measured(model.Transform(test), Stopwatch.GetElapsedTime(start).TotalSeconds, seconds);
    }

    private static Measurements Deep(
        StudyDigits digits, TrialContext context, TargetPropMulticlassTrainer.Options options, TargetPropFeaturizerEstimator.Options? layers)
    {
        MLContext mlContext = new(context.Seed);
        long start = Stopwatch.GetTimestamp();
        IDataView train = digits.Train.ToDataView(mlContext);
        ValueToKeyMappingTransformer keys = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(train);
        train = keys.Transform(train);
        TargetPropAutoencoderModel? pretrained = layers is null ? null : Encoder(mlContext, context, layers, train).Model;
        double seconds = layers is null ? 0 : Stopwatch.GetElapsedTime(start).TotalSeconds;
        options.EpochCallback = context.OnEpoch;
        TargetPropMulticlassTrainer trainer = mlContext.MulticlassClassification.Trainers.TargetPropClassifier(options);
        TargetPropMulticlassTransformer model = pretrained is null ? trainer.Fit(train) : trainer.Fit(train, pretrained);
        double all = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Measured(model.Transform(keys.Transform(digits.Test.ToDataView(mlContext))), all, seconds);
    }

    private static TargetPropFeaturizerTransformer Encoder(MLContext mlContext, TrialContext context, TargetPropFeaturizerEstimator.Options options, IDataView train)
    {
        options.EpochCallback = epoch =>
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            context.Report(0.5 * epoch.Epoch / epoch.MaxEpochs, FormattableString.Invariant($"layer {epoch.Layer}, epoch {epoch.Epoch}/{epoch.MaxEpochs}, reconstruction error {epoch.ReconstructionError:0.0000}"));
        };
        return mlContext.Transforms.TargetPropFeaturizer(options).Fit(train);
    }

    private static Measurements Measured(IDataView scored, double seconds, double codeSeconds)
    {
        ClassifierScore score = ClassifierScore.Of(scored);
        return new Measurements()
            .Add(DigitTrials.Error, score.Error)
            .Add(DigitTrials.LogLoss, score.LogLoss)
            .Add(DigitTrials.Calibration, score.CalibrationError)
            .Add(DigitTrials.Seconds, seconds)
            .Add(CodeSeconds, codeSeconds);
    }

    /// <summary>The weights of each unit of the first layer on the slots of the vector. A weight is the effect of one more unit of the data in its slot.</summary>
    private static IEnumerable<float[]> Filters(TargetPropAutoencoderModel model)
    {
        float[]? scale = model.Snapshot.Standardization?.Scale;
        return model.Snapshot.Encoders[0].Weight.Chunk(model.SlotCount).Select(weights => scale is null ? weights : [.. weights.Zip(scale, (w, s) => w * s)]);
    }

    /// <summary>Draws filters of the code, and digits above their reconstructions.</summary>
    private static void Draw(TargetPropAutoencoderModel model, StudyDigits digits, TrialContext context)
    {
        byte[] Ink(float[] values, float low, float high) => Array.ConvertAll(values, v => (byte)Math.Clamp(255 * (v - low) / (high - low), 0, 255));

        // A weight times the deviation of its pixel is the usual effect of the pixel on the unit. Pixels at the rim, hardly ever inked, have large
        // weights without effect.
        float[] deviations = Deviations(digits.Test);
        IEnumerable<CaptionedDigit> filters = Filters(model).Take(5 * PicturesInARow).Select(filter =>
        {
            float[] moves = [.. filter.Zip(deviations, (weight, deviation) => weight * deviation)];
            float most = moves.Max(Math.Abs);
            return new CaptionedDigit(Ink(moves, -most, most), "", Wrong: false);
        });
        float[][] originals = [.. Enumerable.Range(0, PicturesInARow).Select(i => Array.ConvertAll(digits.Test.Image(i).ToArray(), b => b / 255f))];
        float[][] again = model.Reconstruct(originals);
        DigitSheet.Save(Path.Combine(context.Folder, $"filters-seed-{context.Seed}.png"), [.. filters], PicturesInARow);
        DigitSheet.Save(
            Path.Combine(context.Folder, $"reconstructions-seed-{context.Seed}.png"),
            [.. originals.Concat(again).Select(picture => new CaptionedDigit(Ink(picture, 0, 1), "", Wrong: false))], PicturesInARow);
    }

    /// <summary>The standard deviation of each pixel.</summary>
    private static float[] Deviations(DigitSet digits)
    {
        double[] sums = new double[DigitSet.PixelCount], squares = new double[DigitSet.PixelCount];
        for (int i = 0; i < digits.Count; i++)
        {
            ReadOnlySpan<byte> image = digits.Image(i).Span;
            for (int pixel = 0; pixel < image.Length; pixel++)
            {
                double ink = image[pixel] / 255.0;
                sums[pixel] += ink;
                squares[pixel] += ink * ink;
            }
        }

        return [.. sums.Zip(squares, (sum, square) => (float)Math.Sqrt(Math.Max(0, (square / digits.Count) - (sum / digits.Count * sum / digits.Count))))];
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, IReadOnlyList<TrialResult> results) => new()
    {
        Title = "Auto-encoders without back-propagation",
        Text = DigitReport.Text(request, digits) + " Pictures of filters and reconstructions lie beside the report.",
        Tables = [DigitReport.Comparison(results)],
        Figures =
        [
            DigitReport.MeanError(results, LinearOnCode, "error-code"),
            DigitReport.MeanError(results, LinearOnPixels, "error-pixels"),
            DigitReport.MeanError(results, Pretrained, "error-pretrained"),
            DigitReport.MeanError(results, Untrained, "error-not-pretrained"),
        ],
    };
}
