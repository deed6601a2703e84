using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>What is going on inside a network while it learns by difference target propagation, with feedback that learns and without.</summary>
internal sealed class DiagnoseStudy : IStudy
{
    /// <summary>Hidden layers of the network.</summary>
    public const int HiddenLayers = 5;

    private const int Units = 240;
    private const int Epochs = 15;
    private const int QuickEpochs = 4;

    // Enough for means that do not jump about, and little enough that a look takes a fraction of an epoch.
    private const int Rows = 64;

    /// <summary>The configurations, in the order in which they are shown.</summary>
    public static IReadOnlyList<(string Name, double? FeedbackLearningRate)> Configurations { get; } =
    [
        ("feedback learns", null),
        ("feedback stays as drawn", 0),
    ];

    public string Name => "diagnose";

    public string Summary => "a look inside: angles to back-propagation, how near targets come, reconstruction, saturated units; a page to look at";

    public int DefaultSeeds => 1;

    public StudyPlan Plan(StudyRequest request)
    {
        StudyDigits digits = StudyDigits.Load(request.Data, request.Validate, request.Quick);
        return new StudyPlan(
            [.. Configurations.SelectMany(c => DigitTrials.ForEachSeed(request, digits, c.Name, () => new TargetPropMulticlassTrainer.Options
            {
                HiddenUnits = [.. Enumerable.Repeat(Units, HiddenLayers)],
                FeedbackLearningRate = c.FeedbackLearningRate,
                MaxEpochs = request.Quick ? QuickEpochs : Epochs,
                DiagnosticsRows = Rows,
            }, DiagnosedEpochs.Add))],
            results => Report(request, digits, results));
    }

    private static Findings Report(StudyRequest request, StudyDigits digits, IReadOnlyList<TrialResult> results) => new()
    {
        Title = "Inside a network that learns by difference target propagation",
        Text = $"784-{Units}×{HiddenLayers}-10, looked at on {Rows} training rows after every epoch; the table has the last epoch's means over hidden layers. {DigitReport.Text(request, digits)}",
        Tables = [DiagnoseReport.Table(results)],
        Pictures = DiagnoseReport.Pictures(results),
        Figures = DiagnoseReport.Figures(results),
    };
}
