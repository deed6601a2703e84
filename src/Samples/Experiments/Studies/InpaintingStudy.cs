using System.Diagnostics;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The error of several ways to fill in digits with a half, the centre or random pixels missing, and the accuracy of a classifier on the result.</summary>
internal sealed class InpaintingStudy : IStudy
{
    private const int LearnedRows = 50_000;
    private const int MeasuredRows = 1_000;
    private const int QuickEpochs = 1;
    private const int ReaderEpochs = 5;
    private const int DrawnDigits = 6;
    private const string Ours = "TargetProp";
    private const string Baselines = "baselines";
    private const string Seconds = "seconds";
    private const string Stated = "error over stated";
    private const string ReadSample = "read-sample", ReadExpected = "read-expected", ReadWhole = "read-whole";

    private static readonly string[] Others = ["mean", "1-nn", "10-nn", "gaussian"];

    public string Name => "inpainting";

    public string Summary => "digits with a half, the centre or random pixels missing: squared error beside mean, 1-NN, 10-NN and a Gaussian, and whether a classifier reads them";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        Dictionary<string, string> options = new() { ["data"] = digits.Identity, ["library"] = CodeIdentity.Library };
        Trial[] trials =
        [
            new(Baselines, 1, options, _ => MeasureBaselines(digits)),
            .. request.SeedNumbers.Select(seed => new Trial(Ours, seed, options, context => Measure(request, digits, context))),
        ];
        return new StudyPlan(trials, results => Report(digits, results));
    }

    /// <summary>The first pictures, one per row, with pixels in [0, 1].</summary>
    public static float[,] Pixels(DigitSet digits, int most)
    {
        float[,] pixels = new float[Math.Min(most, digits.Count), DigitSet.PixelCount];
        for (int r = 0; r < pixels.GetLength(0); r++)
        {
            ReadOnlySpan<byte> image = digits.Image(r).Span;
            for (int c = 0; c < DigitSet.PixelCount; c++)
            {
                pixels[r, c] = image[c] / 255f;
            }
        }

        return pixels;
    }

    private static Measurements MeasureBaselines(StudyDigits digits)
    {
        float[,] train = Pixels(digits.Train, LearnedRows), truth = Pixels(digits.Test, MeasuredRows);
        float[] means = NearestRows.ColumnMeans(train);
        Measurements measured = new();
        foreach (PictureGap gap in PictureGap.All)
        {
            float[,] gaps = gap.Cut(truth), filled = (float[,])gaps.Clone();
            for (int i = 0; i < filled.Length; i++)
            {
                (int r, int c) = (i / DigitSet.PixelCount, i % DigitSet.PixelCount);
                filled[r, c] = float.IsNaN(filled[r, c]) ? means[c] : filled[r, c];
            }

            float[][,] near = NearestRows.Fill(train, gaps, [1, 10], among: false);
            measured.Add($"mean {gap.Name}", gap.Error(truth, filled)).Add($"1-nn {gap.Name}", gap.Error(truth, near[0])).Add($"10-nn {gap.Name}", gap.Error(truth, near[1]));
        }

        return measured;
    }

    private static Measurements Measure(StudyRequest request, StudyDigits digits, TrialContext context)
    {
        float[,] truth = Pixels(digits.Test, MeasuredRows);
        long begin = Stopwatch.GetTimestamp();
        using RowCompleter completer = new(
            Pixels(digits.Train, LearnedRows), TargetPropVisibleUnits.Logistic, DigitSet.Side, context.Seed, settings => request.Quick ? settings with { MaxEpochs = QuickEpochs } : settings,
            context.Report, context.CancellationToken);
        Measurements measured = new Measurements().Add(Seconds, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        DigitReader reader = DigitReader.Train(digits.Train, context.Seed, request.Quick ? 1 : ReaderEpochs, context.OnEpoch);
        foreach (PictureGap gap in PictureGap.All)
        {
            float[,] gaps = gap.Cut(truth), start = completer.Start(gaps), expected = completer.Complete(gaps, new CompletionSettings());
            double error = gap.Error(truth, expected);
            measured.Add($"gaussian {gap.Name}", gap.Error(truth, start)).Add($"{Ours} {gap.Name}", error);
            // The mean square of the deviations is their squared error against zeros.
            measured.Add($"{Stated} {gap.Name}", Math.Sqrt(error / gap.Error(completer.Deviations(gaps), new float[truth.GetLength(0), DigitSet.PixelCount])));
            // Samples of all rows only where the classifier reads them. With a mask per row, every stage solves a system per row.
            float[,] drawn = gap == PictureGap.Bottom ? gaps : gap.Cut(Pixels(digits.Test, DrawnDigits));
            float[,] sample = completer.Complete(drawn, new CompletionSettings { Output = TargetPropInpaintingOutput.Sample, Seed = context.Seed });
            float[,] round = completer.Complete(gaps, new CompletionSettings { Rounds = 1 });
            Draw(Path.Combine(context.Folder, $"{gap.Name}-{context.Seed}.png"), [truth, gaps, start, round, expected, sample]);
            if (gap == PictureGap.Bottom)
            {
                measured.Add(ReadSample, reader.Accuracy(sample, digits.Test)).Add(ReadExpected, reader.Accuracy(expected, digits.Test)).Add(ReadWhole, reader.Accuracy(truth, digits.Test));
            }
        }

        return measured;
    }

    /// <summary>Draws one line per digit: whole, with its gap, the start, the first round, the expected value, a sample. Missing pixels are grey.</summary>
    private static void Draw(string path, float[][,] steps)
    {
        byte[] Picture(float[,] rows, int row) =>
            [.. Enumerable.Range(0, DigitSet.PixelCount).Select(c => float.IsNaN(rows[row, c]) ? (byte)90 : (byte)Math.Round(255 * rows[row, c]))];
        DigitSheet.Save(path, [.. from row in Enumerable.Range(0, DrawnDigits) from step in steps select new CaptionedDigit(Picture(step, row), "", Wrong: false)], steps.Length);
    }

    private static Findings Report(StudyDigits digits, IReadOnlyList<TrialResult> results)
    {
        TrialResult[] ours = [.. results.Where(r => r.Configuration == Ours)];
        MarkdownTable errors = new(["missing", .. Others, Ours, "error / stated deviation"]);
        Spread Of(string figure) => Spread.Of(results.Where(r => r.Figures.ContainsKey(figure)).Select(r => r.Figures[figure]));
        foreach (PictureGap gap in PictureGap.All)
        {
            errors.Add([gap.Description, .. Others.Append(Ours).Select(way => Of($"{way} {gap.Name}").AsNumber("0.0000")), Of($"{Stated} {gap.Name}").AsNumber("0.00")]);
        }

        MarkdownTable reading = new("bottom half", "read correctly");
        reading.Add("as sampled", Of(ReadSample).AsPercent()).Add("as expected values", Of(ReadExpected).AsPercent()).Add("nothing missing", Of(ReadWhole).AsPercent());
        return new Findings
        {
            Title = "Inpainting of digits",
            Text = $"{digits.Name}: learned from the first {Math.Min(LearnedRows, digits.Train.Count)} training rows, measured on the first {Math.Min(MeasuredRows, digits.Test.Count)} of "
                + $"{digits.MeasuredOn}, {ours.Length} seeds; mean squared error over the missing pixels. The last column compares roots of mean squares. Training took {Of(Seconds).Mean:0} s. The sheets beside the report show, from left "
                + "to right: the digit, the digit with its gap, the Gaussian start, the first round, the expected value, a sample.",
            Tables = [errors, reading],
            Figures = [.. PictureGap.All.Select(gap => new Figure($"mse-{gap.Name}", Of($"{Ours} {gap.Name}").Mean)), new Figure("read-back-bottom", Of(ReadSample).Mean)],
        };
    }
}
