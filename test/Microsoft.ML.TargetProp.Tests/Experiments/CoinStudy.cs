using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>A study without training: two coins, thrown once per seed. It records the trials that really run.</summary>
internal sealed class CoinStudy : IStudy
{
    private readonly List<string> _ran = [];

    public string Name => "coins";

    public string Summary => "two coins";

    public int DefaultSeeds => 2;

    public bool IsAboutMnist { get; init; }

    /// <summary>An option that the result depends on.</summary>
    public string Metal { get; set; } = "copper";

    /// <summary>Called before each trial.</summary>
    public Action<Trial>? BeforeTrial { get; set; }

    /// <summary>The trials that really ran, "coin/seed".</summary>
    public IReadOnlyList<string> Ran => _ran;

    public StudyPlan Plan(StudyRequest request)
    {
        if (request.Data == "missing")
        {
            throw new SampleException("no coins there");
        }

        Trial[] trials = [.. request.SeedNumbers.SelectMany(seed => new[] { "first", "second" }.Select(coin => Throw(coin, seed)))];
        return new StudyPlan(trials, Report);
    }

    private Trial Throw(string coin, int seed)
    {
        Trial trial = null!;
        trial = new Trial(coin, seed, new Dictionary<string, string> { ["metal"] = Metal }, context =>
        {
            BeforeTrial?.Invoke(trial);
            context.Report(0.5, "in the air");
            _ran.Add($"{coin}/{seed}");
            return new Measurements().Add("heads", seed % 2).Add("third", 1.0 / 3).Add("infinite", double.PositiveInfinity).Add("height", [0, 1, double.NaN]);
        });
        return trial;
    }

    private static Findings Report(IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new("coin", "heads");
        foreach (IGrouping<string, TrialResult> coin in results.GroupBy(r => r.Configuration))
        {
            table.Add(coin.Key, Spread.Of(coin.Select(r => r.Figures["heads"])).AsNumber("0.0"));
        }

        ScottPlot.Plot plot = new();
        plot.Add.Scatter(new[] { 0.0, 1.0 }, new[] { 0.0, 1.0 });
        return new Findings
        {
            Title = "Coins",
            Text = $"{results.Count} throws.",
            Tables = [table],
            Plots = [new NamedPlot("height", "Height against time", plot)],
            Figures = [new Figure("heads", results.Average(r => r.Figures["heads"]))],
        };
    }
}
