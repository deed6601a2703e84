using System.Globalization;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Table, pictures and figures of <see cref="DiagnoseStudy"/>.</summary>
internal static class DiagnoseReport
{
    private static readonly (string Quantity, string Column, Func<double, string> Text)[] Columns =
    [
        ("update-angle", "angle to back-propagation's gradient", Degrees),
        ("nearer", "targets that come nearer", Percent),
        ("distance-left", "squared distance left", Percent),
        ("eigenvalue", "largest eigenvalue", v => v.ToString("0.00", CultureInfo.InvariantCulture)),
        ("transpose-angle", "angle of g′ to f′ᵀ", Degrees),
    ];

    /// <summary>One row per configuration: its error, and means over layers after the last epoch.</summary>
    public static MarkdownTable Table(IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new(["", "error", .. Columns.Select(c => c.Column)]);
        foreach ((string name, _, _) in DiagnoseStudy.Configurations)
        {
            table.Add([name, Spread.Of(Of(results, name).Select(r => r.Figures[DigitTrials.Error])).AsPercent(), .. Columns.Select(c => c.Text(AtTheEnd(results, name, c.Quantity)))]);
        }

        return table;
    }

    /// <summary>The error and the means of the table, with the suffix of the configuration.</summary>
    public static IReadOnlyList<Figure> Figures(IReadOnlyList<TrialResult> results) =>
        [.. DiagnoseStudy.Configurations.SelectMany(c => Columns
            .Select(column => new Figure(column.Quantity + c.Suffix, AtTheEnd(results, c.Name, column.Quantity)))
            .Prepend(new Figure(DigitTrials.Error + c.Suffix, Of(results, c.Name).Average(r => r.Figures[DigitTrials.Error]))))];

    /// <summary>The pictures, one row per question.</summary>
    public static IReadOnlyList<PictureRow> Pictures(IReadOnlyList<TrialResult> results)
    {
        PictureRow Row(string heading, string meaning, LayerLines lines) => new(heading, meaning, [.. lines.Draw(results)]);
        return
        [
            Row(
                "Does each layer learn what back-propagation would teach it?",
                "Angle between the update of each layer and back-propagation's. Below the grey line at 90°, a small step of the layer lowers the loss, although no gradient has passed through the layers above it. The last hidden layer takes back-propagation's own direction by construction.",
                new LayerLines("update-angle", "angle to the gradient, °") { Line = 90, Lowest = 0 }),
            Row(
                "How much of the distance to a target is left?",
                "The part of the squared distance to a target that is left when the layer below reaches its own target. At 0 % the target is met. Above the grey line at 100 %, the step does harm.",
                new LayerLines("distance-left", "squared distance left, %") { Factor = 100, Line = 100, Lowest = 0 }),
            Row(
                "For how many rows does the target come nearer?",
                "The part of the rows for which the inequality of the slides holds: ‖t − f(target below)‖² is less than ‖t − h‖².",
                new LayerLines("nearer", "rows, %") { Factor = 100, Lowest = 0, Highest = 105 }),
            Row(
                "Is it guaranteed?",
                "The largest eigenvalue of (I − f′g′)ᵀ(I − f′g′). Below the grey line at 1, the inequality holds for every small target. Above it some directions lead away; the row of pictures before this one shows how often targets point there.",
                new LayerLines("eigenvalue", "largest eigenvalue") { Name = "g", Line = 1, Lowest = 0 }),
            Row(
                "Does feedback turn into the transpose of the forward map?",
                "Angle between the Jacobians g′ and f′ᵀ. At 90° (grey) they are unrelated. At 0° targets travel down as back-propagation's errors do. L-DRL asks for 0°, reconstruction does not.",
                new LayerLines("transpose-angle", "angle between g′ and f′ᵀ, °") { Name = "g", Line = 90, Lowest = 0 }),
            Row(
                "How well does feedback reconstruct the layer below?",
                "Squared error of g(f(h + ε)), summed over units (logarithmic axis). Feedback that reconstructs learns to lower it. The loss of L-DRL is another one and may be negative.",
                new LayerLines("reconstruction", "reconstruction loss") { Name = "g", Logarithmic = true }),
            Row(
                "How far are layers from their targets?",
                "Layer losses ‖h − t‖² (logarithmic axis). They shrink as the network grows sure of its answers, because targets then ask for smaller changes.",
                new LayerLines("layer-loss", "layer loss") { Logarithmic = true }),
            Row(
                "Do units stop learning?",
                "Lines: the part of units and rows whose activation has a slope below a twentieth of the steepest, where a unit hardly learns. Dots: the part of the units for which this holds in every row (dead units).",
                new LayerLines("saturated", "units, %") { Factor = 100, Lowest = 0, Dots = "dead" }),
        ];
    }

    private static IEnumerable<TrialResult> Of(IReadOnlyList<TrialResult> results, string configuration) => results.Where(r => r.Configuration == configuration);

    // Means over hidden layers only: the update of the output is a gradient step by definition.
    private static double AtTheEnd(IReadOnlyList<TrialResult> results, string configuration, string quantity)
    {
        IReadOnlyList<(int Layer, double[] Values)> lines = DiagnosedEpochs.Read(results, configuration, quantity);
        return lines.Where(l => l.Layer <= DiagnoseStudy.HiddenLayers).Average(l => l.Values[^1]);
    }

    private static string Degrees(double angle) => string.Create(CultureInfo.InvariantCulture, $"{angle:0.0}°");

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.0} %");
}
