using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

/// <summary>All learning rules on digits, with the same network.</summary>
internal sealed class SupervisedStudy : IStudy
{
    private const int Layers = 3;
    private const int Units = 240;
    private const int Epochs = 10;

    public string Name => "supervised";

    public string Summary => "every learning rule on MNIST, 784-240×3-10: error, log-loss, seconds an epoch";

    public int DefaultSeeds => 3;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        int epochs = RuleContender.Epochs(request, Epochs);
        return new StudyPlan(
            [.. RuleContender.All.SelectMany(rule => DigitTrials.ForEachSeed(request, digits, rule.Name, () => rule.Options(Layers, Units, epochs)))],
            results => Report(request, digits, epochs, results));
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, int epochs, IReadOnlyList<TrialResult> results)
    {
        ILookup<string, TrialResult> byRule = results.ToLookup(r => r.Configuration);
        Spread Over(RuleContender rule, string figure) => Spread.Of(byRule[rule.Name].Select(r => r.Figures[figure]));
        MarkdownTable table = new("learning rule", "error", "log-loss", "seconds an epoch");
        foreach (RuleContender rule in RuleContender.All)
        {
            table.Add(
                rule.Name, Over(rule, DigitTrials.Error).AsPercent(), Over(rule, DigitTrials.LogLoss).AsNumber(),
                Spread.Of(byRule[rule.Name].Select(r => r.Figures[DigitTrials.Seconds] / epochs)).AsNumber("0.00"));
        }

        return new Findings
        {
            Title = "The family of learning rules on MNIST",
            Text = $"{DigitReport.Text(request, digits)} 784-{Units}×{Layers}-10, {epochs} epochs, all other options at the defaults of each rule.",
            Tables = [table],
            Figures =
            [
                .. RuleContender.All.Select(rule => new Figure($"error-{rule.Figure}", Over(rule, DigitTrials.Error).Mean)),
                .. RuleContender.All.Select(rule => new Figure($"log-loss-{rule.Figure}", Over(rule, DigitTrials.LogLoss).Mean)),
                .. RuleContender.All.Select(rule => new Figure($"seconds-{rule.Figure}", Over(rule, DigitTrials.Seconds).Mean / epochs)),
            ],
        };
    }
}
