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

    /// <summary>A row for each configuration: its error, and the last epoch's means over layers.</summary>
    public static MarkdownTable Table(IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new(["", "error", .. Columns.Select(c => c.Column)]);
        foreach ((string name, _, _) in DiagnoseStudy.Configurations)
        {
            table.Add([name, Spread.Of(Of(results, name).Select(r => r.Figures[DigitTrials.Error])).AsPercent(), .. Columns.Select(c => c.Text(AtTheEnd(results, name, c.Quantity)))]);
        }

        return table;
    }

    /// <summary>The error, and the means of the table; for all configurations but the first with its suffix.</summary>
    public static IReadOnlyList<Figure> Figures(IReadOnlyList<TrialResult> results) =>
        [.. DiagnoseStudy.Configurations.SelectMany(c => Columns
            .Select(column => new Figure(column.Quantity + c.Suffix, AtTheEnd(results, c.Name, column.Quantity)))
            .Prepend(new Figure(DigitTrials.Error + c.Suffix, Of(results, c.Name).Average(r => r.Figures[DigitTrials.Error]))))];

    /// <summary>What there is to see, one row for each question.</summary>
    public static IReadOnlyList<PictureRow> Pictures(IReadOnlyList<TrialResult> results)
    {
        PictureRow Row(string heading, string meaning, LayerLines lines) => new(heading, meaning, [.. lines.Draw(results)]);
        return
        [
            Row(
                "Does each layer learn what back-propagation would teach it?",
                "Below the grey line at 90°, a small step of the layer lowers the loss, although no gradient has passed through the layers above it; the last hidden layer is given back-propagation's own direction.",
                new LayerLines("update-angle", "angle to the gradient, °") { Line = 90, Lowest = 0 }),
            Row(
                "How much nearer does following its target bring a layer?",
                "When the layer below reaches its own target, this part of the squared distance to the target above is left: at 0 % the target is met, above the grey line at 100 % following it does harm.",
                new LayerLines("distance-left", "squared distance left, %") { Factor = 100, Line = 100, Lowest = 0 }),
            Row(
                "For how many rows does the target come nearer?",
                "The slides' inequality, row by row: the part of the rows for which ‖t − f(target below)‖² is less than ‖t − h‖².",
                new LayerLines("nearer", "rows, %") { Factor = 100, Lowest = 0, Highest = 105 }),
            Row(
                "Is it guaranteed?",
                "Below the grey line at 1 the largest eigenvalue of (I − f′g′)ᵀ(I − f′g′) would promise it for every small target; above it there are directions that lead away, and the picture before this one tells how often targets point there.",
                new LayerLines("eigenvalue", "largest eigenvalue") { Name = "g", Line = 1, Lowest = 0 }),
            Row(
                "Does feedback turn into the transpose of the forward map?",
                "At 90° (grey) the Jacobians g′ and f′ᵀ have nothing to do with one another, at 0° targets travel down as back-propagation's errors do; L-DRL asks for just that, reconstruction does not.",
                new LayerLines("transpose-angle", "angle between g′ and f′ᵀ, °") { Name = "g", Line = 90, Lowest = 0 }),
            Row(
                "How well does feedback reconstruct the layer below?",
                "Squared error of g(f(h + ε)), summed over units: what feedback learns to lower where it learns to reconstruct (logarithmic axis; the loss of L-DRL is another, and may be negative).",
                new LayerLines("reconstruction", "reconstruction loss") { Name = "g", Logarithmic = true }),
            Row(
                "How far are layers from their targets?",
                "Layer losses ‖h − t‖²: they shrink as the network grows sure of its answers, and targets ask for ever smaller changes (logarithmic axis).",
                new LayerLines("layer-loss", "layer loss") { Logarithmic = true }),
            Row(
                "Do units stop to learn?",
                "Part of units and rows where the activation is so flat (its slope below a twentieth of the steepest) that the unit hardly learns; units that are so in every row are dead, and these are the dots without a line.",
                new LayerLines("saturated", "units, %") { Factor = 100, Lowest = 0, Dots = "dead" }),
        ];
    }

    private static IEnumerable<TrialResult> Of(IReadOnlyList<TrialResult> results, string configuration) => results.Where(r => r.Configuration == configuration);

    // Hidden layers alone: the output's update is a gradient step by definition.
    private static double AtTheEnd(IReadOnlyList<TrialResult> results, string configuration, string quantity)
    {
        IReadOnlyList<(int Layer, double[] Values)> lines = DiagnosedEpochs.Read(results, configuration, quantity);
        return lines.Where(l => l.Layer <= DiagnoseStudy.HiddenLayers).Average(l => l.Values[^1]);
    }

    private static string Degrees(double angle) => string.Create(CultureInfo.InvariantCulture, $"{angle:0.0}°");

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.0} %");
}
