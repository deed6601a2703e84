using System.Globalization;
using System.Text;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// What is going on inside a network, measured on one mini-batch: what <c>TargetPropDiagnostics.Analyze</c> gives, and at the end of an
/// epoch of training <see cref="TargetPropEpochMetrics.Diagnostics"/>. The equations are in docs/algorithm.md.
/// </summary>
public sealed class TargetPropDiagnosticsReport
{
    internal TargetPropDiagnosticsReport(int rows, IReadOnlyList<TargetPropLayerDiagnostics> layers, IReadOnlyList<TargetPropFeedbackDiagnostics> feedbackMaps)
    {
        Rows = rows;
        Layers = layers;
        FeedbackMaps = feedbackMaps;
    }

    /// <summary>Rows of the mini-batch.</summary>
    public int Rows { get; }

    /// <summary>Layers 1 to M: the hidden layers from the input up, then the output.</summary>
    public IReadOnlyList<TargetPropLayerDiagnostics> Layers { get; }

    /// <summary>The feedback maps of the learning rule; empty for a rule without.</summary>
    public IReadOnlyList<TargetPropFeedbackDiagnostics> FeedbackMaps { get; }

    /// <summary>Two small tables, to be printed.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"layer",-8}{"units",8}{"update angle",16}{"layer loss",14}{"saturated",12}{"dead",9}");
        foreach (var layer in Layers)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{layer.Layer,-8}{layer.Units,8}{Degrees(layer.UpdateAngle),16}{Number(layer.LayerLoss),14}{layer.SaturatedFraction,12:P1}{layer.DeadFraction,9:P1}");
        }
        if (FeedbackMaps.Count == 0)
            return text.ToString();
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{"feedback",-12}{"angle to f'ᵀ",14}{"reconstruction",16}{"eigenvalue",13}{"nearer",10}{"distance left",16}");
        foreach (var map in FeedbackMaps)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{$"{map.From} → {map.To}",-12}{Degrees(map.TransposeAngle),14}{Number(map.ReconstructionLoss),16}{Number(map.LargestEigenvalue),13}{map.NearerFraction,10:P1}{map.DistanceLeft,16:P1}");
        }
        return text.ToString();
    }

    private static string Degrees(double? angle) => angle is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0}°") : "";

    private static string Number(double? value) => value is { } number ? number.ToString("G4", CultureInfo.InvariantCulture) : "";
}

/// <summary>What was measured of a layer and the forward map f_i into it.</summary>
public sealed class TargetPropLayerDiagnostics
{
    internal TargetPropLayerDiagnostics() { }

    /// <summary>i, from 1; the last is the output.</summary>
    public int Layer { get; internal init; }

    /// <summary>Units of the layer.</summary>
    public int Units { get; internal init; }

    /// <summary>
    /// Angle in degrees, 0 to 180, between what the learning rule changes in the weights and biases of f_i and the gradient that
    /// back-propagation finds for them, both over the whole mini-batch. Below 90, a small step lowers the loss. Null where one of the two
    /// is zero.
    /// </summary>
    public double? UpdateAngle { get; internal init; }

    /// <summary>Mean over rows of ‖h_i − t_i‖²; null where the rule gives the layer no target.</summary>
    public double? LayerLoss { get; internal init; }

    /// <summary>
    /// Part of all units and rows where φ′(a) is below a twentieth of its largest value (1; ¼ for the sigmoid): what such a unit should
    /// change hardly moves it. For rectifiers, this is where they are off. 0 for the linear output.
    /// </summary>
    public double SaturatedFraction { get; internal init; }

    /// <summary>Part of the units that are saturated, in the sense of <see cref="SaturatedFraction"/>, for every row.</summary>
    public double DeadFraction { get; internal init; }
}

/// <summary>
/// What was measured of a feedback map g and the forward path f that it answers: f_i where g leads one layer down, f_i after f_{i−1} and
/// so on where it leads further.
/// </summary>
public sealed class TargetPropFeedbackDiagnostics
{
    internal TargetPropFeedbackDiagnostics() { }

    /// <summary>The layer that g reads.</summary>
    public int From { get; internal init; }

    /// <summary>The layer that g writes to; below <see cref="From"/>.</summary>
    public int To { get; internal init; }

    /// <summary>The loss that the feedback learning lowers, with its noise, mean over rows; null where feedback does not learn.</summary>
    public double? ReconstructionLoss { get; internal init; }

    /// <summary>
    /// Angle in degrees, 0 to 180, between the Jacobians g′ and f′ᵀ, taken as long vectors; mean over rows. At 0, a small target travels
    /// as back-propagation's error does. Null where one of the two is zero in all rows, or layers are normalised over the mini-batch.
    /// </summary>
    public double? TransposeAngle { get; internal init; }

    /// <summary>
    /// Largest eigenvalue of (I − f′g′)ᵀ(I − f′g′), mean over rows. Where it is below 1, every small target of <see cref="From"/> comes
    /// nearer. Found by power iteration, which approaches it from below. Null where layers are normalised over the mini-batch.
    /// </summary>
    public double? LargestEigenvalue { get; internal init; }

    /// <summary>
    /// Part of the rows for which the layer below, at its target, brings the layer above nearer to its own:
    /// ‖t_From − f(t_To)‖² &lt; ‖t_From − h_From‖². Null where the rule gives no targets, or layers are normalised over the mini-batch.
    /// </summary>
    public double? NearerFraction { get; internal init; }

    /// <summary>
    /// How much of the way is left then: the mean over rows of ‖t_From − f(t_To)‖² divided by that of ‖t_From − h_From‖². 0 when the
    /// targets are met, 1 when nothing is gained. Null like <see cref="NearerFraction"/>.
    /// </summary>
    public double? DistanceLeft { get; internal init; }
}
