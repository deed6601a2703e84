using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Diagnostics of a network in training by difference target propagation: two ways to learn feedback, and feedback that does not learn.</summary>
internal sealed class DiagnoseStudy : IStudy
{
    /// <summary>Hidden layers of the network.</summary>
    public const int HiddenLayers = 5;

    private const int Units = 240;
    private const int Epochs = 15;
    private const int QuickEpochs = 4;

    // Enough rows for steady means, and few enough that diagnostics take a fraction of an epoch.
    private const int Rows = 64;

    /// <summary>The configurations in the order of the report. The figures of all but the first have a suffix.</summary>
    public static IReadOnlyList<(string Name, string Suffix, Action<TargetPropOptions> Set)> Configurations { get; } =
    [
        ("feedback reconstructs", "", _ => { }),
        ("feedback learns by L-DRL", "-ldrl", o => o.Feedback.Learning = TargetPropFeedbackLearning.LocalDifferenceReconstruction),
        ("feedback stays as drawn", "-fixed", o => o.Feedback.Learning = TargetPropFeedbackLearning.None),
    ];

    public string Name => "diagnose";

    public string Summary => "diagnostics of a network: angles to back-propagation, how near targets come, reconstruction, saturated units; a page for a browser";

    public int DefaultSeeds => 1;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        return new StudyPlan(
            [.. Configurations.SelectMany(c => DigitTrials.ForEachSeed(request, digits, c.Name, () => Options(request, c.Set), DiagnosedEpochs.Add))],
            results => Report(request, digits, results));
    }

    private static TargetPropMulticlassTrainer.Options Options(StudyRequest request, Action<TargetPropOptions> set)
    {
        TargetPropMulticlassTrainer.Options options = new()
        {
            HiddenUnits = [.. Enumerable.Repeat(Units, HiddenLayers)],
            MaxEpochs = request.Quick ? QuickEpochs : Epochs,
            DiagnosticsRows = Rows,
        };
        set(options);
        return options;
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, IReadOnlyList<TrialResult> results) => new()
    {
        Title = "Inside a network that learns by difference target propagation",
        Text = $"784-{Units}×{HiddenLayers}-10, diagnosed on {Rows} training rows after every epoch. The table has means over hidden layers after the last epoch. {DigitReport.Text(request, digits)}",
        Tables = [DiagnoseReport.Table(results)],
        Pictures = DiagnoseReport.Pictures(results),
        Figures = DiagnoseReport.Figures(results),
    };
}
