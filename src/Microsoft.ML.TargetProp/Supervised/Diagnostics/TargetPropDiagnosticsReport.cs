using System.Globalization;
using System.Text;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// Diagnostics of a network, measured on one mini-batch: returned by <c>TargetPropDiagnostics.Analyze</c>, and at the end of an epoch of training in
/// <see cref="TargetPropEpochMetrics.Diagnostics"/>. The equations are in docs/algorithm.md, section 6.
/// </summary>
public sealed class TargetPropDiagnosticsReport
{
    internal TargetPropDiagnosticsReport(int rows, IReadOnlyList<TargetPropLayerDiagnostics> layers, IReadOnlyList<TargetPropFeedbackDiagnostics> feedbackMaps) =>
        (Rows, Layers, FeedbackMaps) = (rows, layers, feedbackMaps);

    /// <summary>Rows of the mini-batch.</summary>
    public int Rows { get; }

    /// <summary>Layers 1 to M: the hidden layers from the input up, then the output.</summary>
    public IReadOnlyList<TargetPropLayerDiagnostics> Layers { get; }

    /// <summary>The feedback maps of the learning rule; empty for a rule without feedback.</summary>
    public IReadOnlyList<TargetPropFeedbackDiagnostics> FeedbackMaps { get; }

    /// <summary>The report as two small tables.</summary>
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

/// <summary>Measurements of a layer and of the forward map f_i into it.</summary>
public sealed class TargetPropLayerDiagnostics
{
    internal TargetPropLayerDiagnostics() { }

    /// <summary>i, from 1; the last is the output.</summary>
    public int Layer { get; internal init; }

    /// <summary>Units of the layer.</summary>
    public int Units { get; internal init; }

    /// <summary>
    /// Angle, in degrees from 0 to 180, between the rule's update of the weights and biases of f_i and back-propagation's, over the whole mini-batch.
    /// Below 90°, a small step lowers the loss. Null when one of the two updates is zero.
    /// </summary>
    public double? UpdateAngle { get; internal init; }

    /// <summary>Mean over rows of ‖h_i − t_i‖²; null when the rule gives the layer no target.</summary>
    public double? LayerLoss { get; internal init; }

    /// <summary>
    /// Part of all units and rows where φ′(a) is below a twentieth of its largest value, which is 1, or ¼ for the sigmoid. A saturated unit hardly
    /// learns. Rectifiers are saturated where they are off. 0 for the linear output.
    /// </summary>
    public double SaturatedFraction { get; internal init; }

    /// <summary>Part of the units that are saturated (see <see cref="SaturatedFraction"/>) in every row.</summary>
    public double DeadFraction { get; internal init; }
}

/// <summary>
/// Measurements of a feedback map g and of the forward path f between the same two layers. For a map that leads one layer down, f is f_i; for a map that
/// leads further down, f is the whole path up.
/// </summary>
public sealed class TargetPropFeedbackDiagnostics
{
    internal TargetPropFeedbackDiagnostics() { }

    /// <summary>The layer that g reads.</summary>
    public int From { get; internal init; }

    /// <summary>The layer that g writes to; below <see cref="From"/>.</summary>
    public int To { get; internal init; }

    /// <summary>The loss of the feedback learning, with its noise, mean over rows; null when feedback does not learn.</summary>
    public double? ReconstructionLoss { get; internal init; }

    /// <summary>
    /// Angle, in degrees from 0 to 180, between the Jacobians g′ and f′ᵀ, taken as long vectors; mean over rows. At 0°, a small target change has the
    /// direction of back-propagation's error. Null when one of the two is zero in all rows, or when layers are normalised over the mini-batch.
    /// </summary>
    public double? TransposeAngle { get; internal init; }

    /// <summary>
    /// Largest eigenvalue of (I − f′g′)ᵀ(I − f′g′), mean over rows. Below 1, the layer <see cref="From"/> comes nearer to every small target. Power
    /// iteration approaches it from below. Null when layers are normalised over the mini-batch.
    /// </summary>
    public double? LargestEigenvalue { get; internal init; }

    /// <summary>
    /// Part of the rows in which the lower layer, at its target, brings the upper layer nearer to its target:
    /// ‖t_From − f(t_To)‖² &lt; ‖t_From − h_From‖². Null when the rule gives no targets, or when layers are normalised over the mini-batch.
    /// </summary>
    public double? NearerFraction { get; internal init; }

    /// <summary>
    /// The remaining distance: the mean over rows of ‖t_From − f(t_To)‖² divided by the mean of ‖t_From − h_From‖². 0 when the targets are reached, 1 when
    /// nothing is gained. Null in the same cases as <see cref="NearerFraction"/>.
    /// </summary>
    public double? DistanceLeft { get; internal init; }
}
