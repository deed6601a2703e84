using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>One way to infer and learn, with a name for tables and a key for figures.</summary>
internal sealed record InferenceWay(string Name, string Key, InferenceSettings Inference, TargetPropMaximization Maximization = TargetPropMaximization.FinalValues, bool Trained = true);

/// <summary>The questions of the slides about inference: models with different ways to infer or learn, and the objective J along their E-step.</summary>
/// <param name="name">Name of the study.</param>
/// <param name="summary">The subject in one line.</param>
/// <param name="ways">The ways that are compared.</param>
/// <param name="more">Adds further findings, or null.</param>
/// <param name="moreTrials">The trials of the further findings, or null.</param>
internal sealed class InferenceStudy(
    string name, string summary, IReadOnlyList<InferenceWay> ways, Func<StudyRequest, Findings, IReadOnlyList<TrialResult>, Findings>? more = null,
    Func<StudyRequest, IEnumerable<Trial>>? moreTrials = null) : IStudy
{
    private const string Reconstruction = "reconstruction";
    private const string Climb = "objective";

    /// <summary>The number of iterations that suffices, and the climb of J before and after training.</summary>
    public static InferenceStudy Steps { get; } = new(
        "inference-steps", "the objective J along the iterations of inference, before and after training, and the benefit of more iterations",
        [new("not trained, 15", "untrained", new(15), Trained: false), .. new[] { 1, 2, 5, 10, 15, 30 }.Select(n => new InferenceWay($"{n}", $"{n}", new(n)))],
        ShorterTraining.Add, ShorterTraining.Trials);

    /// <summary>The estimator, docs/algorithm.md (8.3), against the gradient (8.4).</summary>
    public static InferenceStudy Gradients { get; } = new(
        "gradients", "the DTP estimator against true gradients: the objective J after inference, and the cosine of both in a model with a known answer",
        [new("estimator", "estimator", new(10)), new("gradient", "gradient", new(10, Direction: TargetPropInferenceDirection.Gradient)), new("estimator, q terms", "q-terms", new(10, InferenceWeight: 0.01))],
        (_, findings, _) => LinearGaussian.AddCosine(findings));

    /// <summary>Learning by increments along the path, docs/algorithm.md (8.10), against learning from final values (8.8, 8.9).</summary>
    public static InferenceStudy Stdp { get; } = new(
        "stdp", "weight updates by increments (the STDP reading) against final values, and the window of the rule on simulated spikes",
        [new("final values", "final", new(10)), new("increments", "increments", new(10), TargetPropMaximization.Increments)],
        (_, findings, _) => SpikeWindow.Add(findings));

    public string Name => name;

    public string Summary => summary;

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        GenerativeDigits digits = GenerativeDigits.Load(request, rows: 5000);
        GenerativeSettings settings = new() { MaxEpochs = request.Quick ? 2 : 6, BatchSize = 50, LearningRate = 0.001, Seed = 0 };
        Trial ForSeed(InferenceWay way, int seed)
        {
            GenerativeSettings own = settings with { Seed = seed, Inference = way.Inference, Maximization = way.Maximization };
            // One epoch at a tiny rate: the maps hardly move, and the model still gets its variances and its prior.
            own = way.Trained ? own : own with { MaxEpochs = 1, LearningRate = 1e-9 };
            Dictionary<string, string> options = new() { ["data"] = digits.Learned.Identity, ["library"] = CodeIdentity.Library, ["settings"] = own.ToString(), ["rows"] = request.Validate ? "held out" : "test" };
            return new(way.Name, seed, options, context => Measure(digits, own, context));
        }

        return new(
            [.. ways.SelectMany(way => request.SeedNumbers.Select(seed => ForSeed(way, seed))), .. moreTrials?.Invoke(request) ?? []],
            results => Report(request, digits, results));
    }

    private static Measurements Measure(GenerativeDigits digits, GenerativeSettings settings, TrialContext context)
    {
        using var scope = NewDisposeScope();
        GenerativeShape shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Logistic, DigitSet.PixelCount)], [300, 40], TargetPropActivation.Tanh);
        GenerativeSnapshot trained = GenerativeTrainer.Run(
            shape, GenerativeDigits.Pixels(digits.Learned.Train), settings, e => context.Report((double)e.Epoch / settings.MaxEpochs, $"epoch {e.Epoch}"),
            context.CancellationToken.ThrowIfCancellationRequested).Model;
        using var model = new GenerativeModel(trained, CPU);
        Tensor rows = GenerativeDigits.Pixels(GenerativeDigits.First(digits.Test, 1000));
        return new Measurements().Add(Climb, model.ObjectiveByIteration(rows)).Add(Reconstruction, (model.Reconstruct(rows) - rows).square().mean().ToDouble());
    }

    private Findings Report(StudyRequest request, GenerativeDigits digits, IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new(["", "J after the forward pass", "J after inference", "climb", "squared error of the reconstruction"]);
        List<Figure> figures = [];
        Plot plot = new();
        foreach (InferenceWay way in ways)
        {
            TrialResult[] own = [.. results.Where(r => r.Configuration == way.Name)];
            Spread Of(Func<TrialResult, double> figure) => Spread.Of(own.Select(figure));
            Spread climb = Of(r => r.Series[Climb][^1] - r.Series[Climb][0]), error = Of(r => r.Figures[Reconstruction]);
            table.Add(way.Name, Of(r => r.Series[Climb][0]).AsNumber("0.0"), Of(r => r.Series[Climb][^1]).AsNumber("0.0"), climb.AsNumber("0.0"), error.AsNumber("0.00000"));
            figures.Add(new Figure($"objective-climb-{way.Key}", climb.Mean));
            figures.Add(new Figure($"objective-{way.Key}", Of(r => r.Series[Climb][^1]).Mean));
            figures.Add(new Figure($"reconstruction-{way.Key}", error.Mean));
            double[] mean = [.. Enumerable.Range(0, own[0].Series[Climb].Count).Select(i => own.Average(r => r.Series[Climb][i] - r.Series[Climb][0]))];
            plot.Add.Scatter(Enumerable.Range(0, mean.Length).Select(i => (double)i).ToArray(), mean).LegendText = way.Name;
        }

        plot.Title("Climb of the objective J");
        plot.XLabel("iteration");
        plot.YLabel("nats above the forward pass");
        plot.ShowLegend(Alignment.UpperLeft);
        Findings findings = new()
        {
            Title = "Inference: " + summary,
            Text = $"{digits.Learned.Name}: 784-300-40, {digits.Learned.Train.Count} rows to learn from, objective J and errors on 1,000 rows of {(request.Validate ? "the held-out rows" : "the test set")}. "
                + "J is in nats. The variance of p(x | h) comes from each model's own training rows, so J compares along one E-step, and between models only together with the error. "
                + $"Seeds: {request.Seeds}." + (request.Quick ? " A quick run: its figures say nothing about quality." : ""),
            Tables = [table],
            Plots = [new NamedPlot("climb", "Climb of the objective J along the iterations of inference", plot)],
            Figures = figures,
        };
        return more?.Invoke(request, findings, results) ?? findings;
    }
}
