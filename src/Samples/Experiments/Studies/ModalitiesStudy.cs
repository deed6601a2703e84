using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Digits with their labels as ten more columns. The label is imputed from the picture, and a picture is drawn from the label.</summary>
internal sealed class ModalitiesStudy : IStudy
{
    private const int LearnedRows = 20_000;
    private const int MeasuredRows = 1_000;
    private const int QuickEpochs = 1;
    private const int ReaderEpochs = 5;
    private const int DrawnOfEach = 10;
    private const string LabelError = "label-error", ReadBack = "read-back", Drawn = "drawn";
    private const string Completed = "image and label";

    public string Name => "modalities";

    public string Summary => "a digit and its label in one vector: the label imputed from the picture, and pictures drawn from the label";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        Dictionary<string, string> options = new() { ["data"] = digits.Identity, ["library"] = CodeIdentity.Library };
        return new StudyPlan(
            [.. request.SeedNumbers.Select(seed => new Trial(Completed, seed, options, context => Measure(request, digits, context))), .. InferenceTerms.Trials(request)],
            results =>
            {
                Findings findings = Report(digits, [.. results.Where(r => r.Configuration == Completed)]);
                return InferenceTerms.Add(findings, results);
            });
    }

    /// <summary>Pixels, then one column per class.</summary>
    private static float[,] Rows(float[,] pixels, Func<int, int, float> label)
    {
        float[,] rows = new float[pixels.GetLength(0), DigitSet.PixelCount + DigitSet.ClassCount];
        for (int r = 0; r < rows.GetLength(0); r++)
        {
            for (int c = 0; c < rows.GetLength(1); c++)
            {
                rows[r, c] = c < DigitSet.PixelCount ? pixels[r, c] : label(r, c - DigitSet.PixelCount);
            }
        }

        return rows;
    }

    private static Measurements Measure(StudyRequest request, StudyDigits digits, TrialContext context)
    {
        using RowCompleter completer = new(
            Rows(InpaintingStudy.Pixels(digits.Train, LearnedRows), (r, c) => digits.Train.Labels[r] == c ? 1 : 0), TargetPropVisibleUnits.Logistic, DigitSet.Side, context.Seed,
            settings => request.Quick ? settings with { MaxEpochs = QuickEpochs } : settings, context.Report, context.CancellationToken);
        float[,] labelled = completer.Complete(Rows(InpaintingStudy.Pixels(digits.Test, MeasuredRows), (_, _) => float.NaN), new CompletionSettings());
        int wrong = Enumerable.Range(0, labelled.GetLength(0)).Count(r => Enumerable.Range(0, DigitSet.ClassCount).MaxBy(c => labelled[r, DigitSet.PixelCount + c]) != digits.Test.Labels[r]);

        float[,] nothing = new float[DigitSet.ClassCount * DrawnOfEach, DigitSet.PixelCount];
        for (int i = 0; i < nothing.Length; i++)
        {
            nothing[i / DigitSet.PixelCount, i % DigitSet.PixelCount] = float.NaN;
        }

        float[,] drawn = completer.Complete(
            Rows(nothing, (r, c) => r / DrawnOfEach == c ? 1 : 0), new CompletionSettings { Output = TargetPropInpaintingOutput.Sample, Rounds = 20, Seed = context.Seed });
        byte[] labels = [.. Enumerable.Range(0, nothing.GetLength(0)).Select(r => (byte)(r / DrawnOfEach))];
        byte[] Picture(int r) => [.. Enumerable.Range(0, DigitSet.PixelCount).Select(c => (byte)Math.Round(255 * drawn[r, c]))];
        DigitSet pictures = new(Enumerable.Range(0, labels.Length).SelectMany(Picture).ToArray(), labels);
        DigitSheet.Save(Path.Combine(context.Folder, $"{Drawn}-{context.Seed}.png"), [.. Enumerable.Range(0, labels.Length).Select(r => new CaptionedDigit(Picture(r), "", Wrong: false))], DrawnOfEach);
        DigitReader reader = DigitReader.Train(digits.Train, context.Seed, request.Quick ? 1 : ReaderEpochs, context.OnEpoch);
        return new Measurements().Add(LabelError, (double)wrong / labelled.GetLength(0)).Add(ReadBack, reader.Accuracy(drawn, pictures));
    }

    private static Findings Report(StudyDigits digits, IReadOnlyList<TrialResult> results)
    {
        Spread Of(string figure) => Spread.Of(results.Select(r => r.Figures[figure]));
        return new Findings
        {
            Title = "Two modalities: a digit and its label",
            Text = $"{digits.Name}: learned from {Math.Min(LearnedRows, digits.Train.Count)} rows of 784 pixels and 10 columns of the label, measured on {Math.Min(MeasuredRows, digits.Test.Count)} of "
                + $"{digits.MeasuredOn}, {results.Count} seeds. The sheet of drawn pictures has a line for each label.",
            Tables = [new MarkdownTable("task", "result").Add("label filled in from the picture: wrong", Of(LabelError).AsPercent()).Add("picture drawn from the label: read as that label", Of(ReadBack).AsPercent())],
            Figures = [new Figure(LabelError, Of(LabelError).Mean), new Figure("read-back-drawn", Of(ReadBack).Mean)],
        };
    }
}
