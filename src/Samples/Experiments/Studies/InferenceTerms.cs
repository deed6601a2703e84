using System.Globalization;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>
/// The q terms of J, docs/algorithm.md (8.5), on and off, with one modality and with two. The slides expect several modalities to need correction
/// signals from above as well as from below. There are no completion maps: a missing label is inferred by the iterated inference.
/// </summary>
internal static class InferenceTerms
{
    private const int LearnedRows = 5000;
    private const int MeasuredRows = 1000;
    private const int Epochs = 6;
    private const int QuickEpochs = 2;
    private const int Iterations = 10;
    private const string Objective = "objective", Climb = "objective-climb", Pixels = "pixels", LabelError = "label-error-inferred";

    // Weights in the moves of the E-step, in which the estimator has the weight 0.1.
    private static readonly double[] Weights = [0, 0.01, 0.1];

    /// <summary>One trial per weight of the q terms and seed, with and without the columns of the label.</summary>
    public static IEnumerable<Trial> Trials(StudyRequest request)
    {
        GenerativeDigits digits = GenerativeDigits.Load(request, LearnedRows);
        return from labelled in (bool[])[false, true]
               from weight in Weights
               let settings = new GenerativeSettings
               {
                   MaxEpochs = request.Quick ? QuickEpochs : Epochs, BatchSize = 50, LearningRate = 0.001, Seed = 0, Inference = new(Iterations, InferenceWeight: weight),
               }
               let options = new Dictionary<string, string>
               {
                   ["data"] = digits.Learned.Identity, ["library"] = CodeIdentity.Library, ["settings"] = settings.ToString(), ["rows"] = request.Validate ? "held out" : "test",
               }
               from seed in request.SeedNumbers
               select new Trial(Configuration(labelled, weight), seed, options, context => Measure(digits, settings with { Seed = seed }, labelled, context));
    }

    /// <summary>Adds the second table to the findings.</summary>
    public static Findings Add(Findings findings, IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new("iterated inference", "J after inference", "climb", "squared error of the pixels", "label inferred: wrong");
        List<Figure> figures = [];
        foreach (bool labelled in (bool[])[false, true])
        {
            foreach (double weight in Weights)
            {
                TrialResult[] own = [.. results.Where(r => r.Configuration == Configuration(labelled, weight))];
                Spread Of(string figure) => Spread.Of(own.Select(r => r.Figures[figure]));
                table.Add(
                    Configuration(labelled, weight), Of(Objective).AsNumber("0.0"), Of(Climb).AsNumber("0.0"), Of(Pixels).AsNumber("0.00000"), labelled ? Of(LabelError).AsPercent() : "");
                string key = string.Create(CultureInfo.InvariantCulture, $"{(labelled ? "two" : "one")}-{100 * weight:0}-percent");
                figures.Add(new Figure($"{Climb}-{key}", Of(Climb).Mean));
                if (labelled)
                {
                    figures.Add(new Figure($"{LabelError}-{key}", Of(LabelError).Mean));
                }
            }
        }

        return findings with
        {
            Text = findings.Text + $" The second table: 784-300-40 without completion maps, {LearnedRows} rows to learn from, {Iterations} iterations. The objective J is in nats, on {MeasuredRows} "
                + "rows, with the variances of each model's own training rows, so it compares along one E-step and not between models.",
            Tables = [.. findings.Tables, table],
            Figures = [.. findings.Figures, .. figures],
        };
    }

    private static string Configuration(bool labelled, double weight) =>
        string.Create(CultureInfo.InvariantCulture, $"{(labelled ? "image and label" : "image alone")}, q terms {(weight == 0 ? "off" : $"of weight {weight}")}");

    private static Measurements Measure(GenerativeDigits digits, GenerativeSettings settings, bool labelled, TrialContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor Rows(DigitSet set) => labelled ? cat([GenerativeDigits.Pixels(set), Labels(set)], 1) : GenerativeDigits.Pixels(set);
        DigitSet test = GenerativeDigits.First(digits.Test, MeasuredRows);
        int columns = DigitSet.PixelCount + (labelled ? DigitSet.ClassCount : 0);
        GenerativeShape shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Logistic, columns)], [300, 40], TargetPropActivation.Tanh);
        GenerativeSnapshot trained = GenerativeTrainer.Run(
            shape, Rows(digits.Learned.Train), settings, e => context.Report((double)e.Epoch / settings.MaxEpochs, $"epoch {e.Epoch}"),
            context.CancellationToken.ThrowIfCancellationRequested).Model;
        using GenerativeModel model = new(trained, CPU);
        Tensor rows = Rows(test);
        IReadOnlyList<double> climb = model.ObjectiveByIteration(rows);
        Tensor again = model.Reconstruct(rows), pixels = GenerativeDigits.Pixels(test);
        Measurements measured = new Measurements()
            .Add(Objective, climb[^1]).Add(Climb, climb[^1] - climb[0])
            .Add(Pixels, (again.narrow(1, 0, DigitSet.PixelCount) - pixels).square().mean().ToDouble());
        if (labelled)
        {
            Tensor unlabelled = cat([pixels, full_like(Labels(test), float.NaN)], 1);
            Tensor answers = model.Reconstruct(unlabelled).narrow(1, DigitSet.PixelCount, DigitSet.ClassCount).argmax(1);
            measured.Add(LabelError, answers.ne(Labels(test).argmax(1)).to(ScalarType.Float32).mean().ToDouble());
        }

        return measured;
    }

    /// <summary>One column per class, 1 for the class of the row.</summary>
    private static Tensor Labels(DigitSet digits) =>
        nn.functional.one_hot(tensor([.. digits.Labels.ToArray().Select(l => (long)l)]), DigitSet.ClassCount).to(ScalarType.Float32);
}
