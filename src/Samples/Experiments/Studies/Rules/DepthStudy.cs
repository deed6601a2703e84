using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>The error of each rule against the number of layers.</summary>
internal sealed class DepthStudy : IStudy
{
    private const int Units = 100;
    private const int Epochs = 6;
    private const int Rows = 10_000;

    private static readonly double[] Depths = [1, 2, 3, 5, 10, 20];

    private static readonly RuleContender[] Rules =
    [
        RuleContender.Backpropagation, RuleContender.DifferenceTargets, RuleContender.LocalDifference, RuleContender.Direct,
        RuleContender.FixedWeight, RuleContender.Alignment, RuleContender.DirectAlignment,
    ];

    public string Name => "depth";

    public string Summary => "nets of 1 to 20 hidden layers of 100 units on 10,000 digits: error of each rule and of back-propagation";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits all = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        StudyDigits digits = all with { Train = all.Train.Slice(0, Math.Min(Rows, all.Train.Count)) };
        int epochs = RuleContender.Epochs(request, Epochs);
        IEnumerable<Trial> trials =
            from depth in Depths
            from rule in Rules
            from trial in DigitTrials.ForEachSeed(request, digits, Configuration(rule, depth), () => rule.Options((int)depth, Units, epochs))
            select trial;
        return new StudyPlan([.. trials], results =>
        {
            ILookup<string, TrialResult> found = results.ToLookup(r => r.Configuration);
            RuleGrid grid = new(request, Rules, "hidden layers", Depths, (rule, p) => found[Configuration(rule, Depths[p])].Select(r => r.Figures[DigitTrials.Error]));
            return new Findings
            {
                Title = "Error against depth",
                Text = $"{DigitReport.Text(request, digits)} Hidden layers of {Units} units, {epochs} epochs, all other options at the defaults of each rule.",
                Tables = [grid.Errors()],
                Plots = [grid.ErrorPlot("Error against depth", logarithmic: true)],
                Figures = [.. grid.Figures()],
            };
        });
    }

    private static string Configuration(RuleContender rule, double depth) => $"{rule.Name}, {depth:0} layers";
}
