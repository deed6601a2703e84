using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>The error of each rule on noisy pictures, after training on clean ones.</summary>
internal sealed class RobustnessStudy : IStudy
{
    private const int Layers = 3;
    private const int Units = 240;
    private const int Epochs = 8;
    private const int Rows = 10_000;
    private const int NoiseSeed = 1;

    private static readonly double[] Noises = [0, 0.1, 0.2, 0.3, 0.5];

    public string Name => "robustness";

    public string Summary => "every learning rule on noisy pictures, after training on 10,000 clean ones: error";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits all = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        StudyDigits digits = all with { Train = all.Train.Slice(0, Math.Min(Rows, all.Train.Count)) };
        int epochs = RuleContender.Epochs(request, Epochs);
        TargetPropMulticlassTrainer.Options Options(RuleContender rule)
        {
            TargetPropMulticlassTrainer.Options options = rule.Options(Layers, Units, epochs);

            // Noise in training would change the robustness that is measured.
            options.InputNoise = 0;
            return options;
        }

        return new StudyPlan(
            [.. RuleContender.All.SelectMany(rule => DigitTrials.ForEachSeed(request, digits, rule.Name, () => Options(rule), ofModel: (measured, model, _) => Measure(digits, model, measured)))],
            results => Report(request, digits, epochs, results));
    }

    private static void Measure(StudyDigits digits, TransformerChain<TargetPropMulticlassTransformer> model, Measurements measured)
    {
        MLContext mlContext = new(NoiseSeed);
        foreach (double noise in Noises)
        {
            measured.Add(Figure(noise), ClassifierScore.Of(model.Transform(mlContext.Data.LoadFromEnumerable(Noisy(digits.Test, noise)))).Error);
        }
    }

    /// <summary>The pictures with independent normal noise on every pixel, where 1 is white. The noise is the same for every rule and seed.</summary>
    private static List<DigitRow> Noisy(DigitSet digits, double noise)
    {
        Random random = new(NoiseSeed);
        List<DigitRow> rows = [.. Enumerable.Range(0, digits.Count).Select(digits.Row)];
        foreach (DigitRow row in rows)
        {
            for (int i = 0; i < row.Features.Length; i++)
            {
                row.Features[i] += (float)(noise * Normal(random));
            }
        }

        return rows;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static Findings Report(StudyRequest request, StudyDigits digits, int epochs, IReadOnlyList<TrialResult> results)
    {
        ILookup<string, TrialResult> found = results.ToLookup(r => r.Configuration);
        RuleGrid grid = new(request, RuleContender.All, "noise", Noises, (rule, p) => found[rule.Name].Select(r => r.Figures[Figure(Noises[p])]));
        return new Findings
        {
            Title = "Noisy pictures",
            Text = $"{DigitReport.Text(request, digits)} 784-{Units}×{Layers}-10, {epochs} epochs, trained without noise. Noise is given as its standard deviation; 1 is the difference between black and white.",
            Tables = [grid.Errors()],
            Plots = [grid.ErrorPlot("Error against noise in the pictures", logarithmic: false)],
            Figures = [.. grid.Figures()],
        };
    }

    private static string Figure(double noise) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"error at noise {noise}");
}
