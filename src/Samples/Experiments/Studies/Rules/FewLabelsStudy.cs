using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>The error of each rule with few training rows.</summary>
internal sealed class FewLabelsStudy : IStudy
{
    private const int Layers = 2;
    private const int Units = 240;

    private static readonly double[] Rows = [100, 1000];
    private static readonly int[] Epochs = [150, 60];

    public string Name => "few-labels";

    public string Summary => "every learning rule with 100 and with 1,000 training digits: error";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        IEnumerable<Trial> trials =
            from p in Enumerable.Range(0, Rows.Length)
            from rule in RuleContender.All
            from seed in request.SeedNumbers
            select Trial(request, digits, rule, p, seed);
        return new StudyPlan([.. trials], results =>
        {
            ILookup<string, TrialResult> found = results.ToLookup(r => r.Configuration);
            RuleGrid grid = new(request, RuleContender.All, "rows", Rows, (rule, p) => found[Configuration(rule, p)].Select(r => r.Figures[DigitTrials.Error]));
            return new Findings
            {
                Title = "Few rows to learn from",
                Text = $"{digits.Name}, measured on {digits.MeasuredOn}; every seed has training rows of its own. 784-{Units}×{Layers}-10, {Epochs[0]} epochs of 100 rows or {Epochs[1]} of 1,000, all other options at the defaults of each rule.{(request.Quick ? " A quick run: its figures say nothing about accuracy." : "")}",
                Tables = [grid.Errors()],
                Figures = [.. grid.Figures()],
            };
        });
    }

    private static Trial Trial(StudyRequest request, StudyDigits digits, RuleContender rule, int point, int seed)
    {
        int rows = (int)Rows[point], parts = digits.Train.Count / rows;
        StudyDigits few = digits with { Train = digits.Train.Slice((seed - 1) % parts * rows, rows) };
        int epochs = RuleContender.Epochs(request, Epochs[point]);
        return DigitTrials.ForEachSeed(request, few, Configuration(rule, point), () => rule.Options(Layers, Units, epochs)).Single(t => t.Seed == seed);
    }

    private static string Configuration(RuleContender rule, int point) => $"{rule.Name}, {Rows[point]:0} rows";
}
