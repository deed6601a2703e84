using System.Globalization;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>
/// Fewer and longer iterations of the E-step in training, on 784-1000-100 with the default rate: the cost in J, measured with 15 iterations for
/// all, and the time saved.
/// </summary>
internal static class ShorterTraining
{
    private const int LearnedRows = 20_000;
    private const int QuickRows = 2000;
    private const int MeasuredRows = 1000;
    private const int Epochs = 10;
    private const int QuickEpochs = 1;
    private const string Objective = "objective", Reconstruction = "reconstruction", Seconds = "seconds";

    private static readonly InferenceSettings Inference = new();

    private static readonly int[] Iterations = [15, 5, 3, 2];

    private static readonly GenerativeShape Shape =
        new([.. Enumerable.Repeat(TargetPropVisibleUnits.Logistic, DigitSet.PixelCount)], [1000, 100], TargetPropActivation.Tanh);

    /// <summary>One trial per number of iterations and seed.</summary>
    public static IEnumerable<Trial> Trials(StudyRequest request)
    {
        GenerativeDigits digits = GenerativeDigits.Load(request, request.Quick ? QuickRows : LearnedRows);
        return from iterations in Iterations
               let settings = new GenerativeSettings
               {
                   MaxEpochs = request.Quick ? QuickEpochs : Epochs,
                   BatchSize = 128,
                   LearningRate = InpaintingOptions.LearningRate.Of(new(), new(LearnedRows) { HiddenUnits = Shape.HiddenUnits }),
                   Seed = 0,
                   Inference = Inference,
                   TrainingIterations = iterations,
               }
               let options = new Dictionary<string, string>
               {
                   ["data"] = digits.Learned.Identity, ["library"] = CodeIdentity.Library, ["settings"] = settings.ToString(), ["rows"] = request.Validate ? "held out" : "test",
               }
               from seed in request.SeedNumbers
               select new Trial(Configuration(iterations), seed, options, context => Measure(digits, settings with { Seed = seed }, context));
    }

    /// <summary>Adds the second table to the findings.</summary>
    public static Findings Add(StudyRequest request, Findings findings, IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new("iterations in training", "J after inference", "squared error of the reconstruction", "time of 15 iterations / its time");
        List<Figure> figures = [];
        TrialResult[] Own(int iterations) => [.. results.Where(r => r.Configuration == Configuration(iterations)).OrderBy(r => r.Seed)];
        TrialResult[] all = Own(Iterations[0]);
        foreach (int iterations in Iterations)
        {
            TrialResult[] own = Own(iterations);
            Spread Of(string figure) => Spread.Of(own.Select(r => r.Figures[figure]));
            Spread faster = Spread.Of(all.Zip(own, (a, o) => a.Figures[Seconds] / o.Figures[Seconds]));
            table.Add(iterations.ToString(CultureInfo.InvariantCulture), Of(Objective).AsNumber("0.0"), Of(Reconstruction).AsNumber("0.00000"), faster.AsNumber("0.00"));
            figures.Add(new Figure(string.Create(CultureInfo.InvariantCulture, $"objective-trained-in-{iterations}"), Of(Objective).Mean));
        }

        return findings with
        {
            Text = findings.Text + string.Create(
                CultureInfo.InvariantCulture,
                $" The second table: 784-1000-100, {(request.Quick ? QuickRows : LearnedRows)} rows to learn from, {(request.Quick ? QuickEpochs : Epochs)} epochs with the default rate, the same N δ for all, J always after {Inference.Iterations} iterations. Times are of whole trainings on one core each, and are rough."),
            Tables = [.. findings.Tables, table],
            Figures = [.. findings.Figures, .. figures],
        };
    }

    private static string Configuration(int iterations) => string.Create(CultureInfo.InvariantCulture, $"784-1000-100, trained in {iterations}");

    private static Measurements Measure(GenerativeDigits digits, GenerativeSettings settings, TrialContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        GenerativeResult result = GenerativeTrainer.Run(
            Shape, GenerativeDigits.Pixels(digits.Learned.Train), settings, e => context.Report((double)e.Epoch / settings.MaxEpochs, $"epoch {e.Epoch}"),
            context.CancellationToken.ThrowIfCancellationRequested);
        using GenerativeModel model = new(result.Model, CPU);
        Tensor rows = GenerativeDigits.Pixels(GenerativeDigits.First(digits.Test, MeasuredRows));
        return new Measurements()
            .Add(Objective, model.ObjectiveByIteration(rows)[^1]).Add(Reconstruction, (model.Reconstruct(rows) - rows).square().mean().ToDouble())
            .Add(Seconds, result.Epochs[^1].Elapsed.TotalSeconds);
    }
}
