using System.Globalization;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Diagnostics of every epoch as series of numbers, one per quantity and layer or feedback map, and back.</summary>
internal static class DiagnosedEpochs
{
    /// <summary>Quantities of layers.</summary>
    public static readonly (string Name, Func<TargetPropLayerDiagnostics, double?> Value)[] OfLayers =
    [
        ("update-angle", l => l.UpdateAngle),
        ("layer-loss", l => l.LayerLoss),
        ("saturated", l => l.SaturatedFraction),
        ("dead", l => l.DeadFraction),
    ];

    /// <summary>Quantities of feedback maps, stored under the layer that the map reads.</summary>
    public static readonly (string Name, Func<TargetPropFeedbackDiagnostics, double?> Value)[] OfFeedback =
    [
        ("transpose-angle", m => m.TransposeAngle),
        ("eigenvalue", m => m.LargestEigenvalue),
        ("nearer", m => m.NearerFraction),
        ("distance-left", m => m.DistanceLeft),
        ("reconstruction", m => m.ReconstructionLoss),
    ];

    /// <summary>Adds one series per quantity and layer, NaN where a quantity does not apply.</summary>
    public static void Add(Measurements measured, IReadOnlyList<TargetPropEpochMetrics> epochs)
    {
        TargetPropDiagnosticsReport[] reports = [.. epochs.Select(e => e.Diagnostics!)];
        foreach (int k in Enumerable.Range(0, reports[0].Layers.Count))
        {
            foreach ((string name, Func<TargetPropLayerDiagnostics, double?> value) in OfLayers)
            {
                measured.Add(Series(name, reports[0].Layers[k].Layer), reports.Select(r => value(r.Layers[k]) ?? double.NaN));
            }
        }

        foreach (int k in Enumerable.Range(0, reports[0].FeedbackMaps.Count))
        {
            foreach ((string name, Func<TargetPropFeedbackDiagnostics, double?> value) in OfFeedback)
            {
                measured.Add(Series(name, reports[0].FeedbackMaps[k].From), reports.Select(r => value(r.FeedbackMaps[k]) ?? double.NaN));
            }
        }
    }

    /// <summary>
    /// The values of a quantity after each epoch, for each layer where it applies: the mean over the seeds of one configuration.
    /// </summary>
    public static IReadOnlyList<(int Layer, double[] Values)> Read(IReadOnlyList<TrialResult> results, string configuration, string quantity)
    {
        TrialResult[] seeds = [.. results.Where(r => r.Configuration == configuration)];
        return [.. Enumerable.Range(1, 50)
            .Where(layer => seeds[0].Series.ContainsKey(Series(quantity, layer)))
            .Select(layer => (layer, Values: Mean([.. seeds.Select(s => s.Series[Series(quantity, layer)])])))
            .Where(line => line.Values.Any(double.IsFinite))];
    }

    private static string Series(string quantity, int layer) => string.Create(CultureInfo.InvariantCulture, $"{quantity}-{layer}");

    private static double[] Mean(IReadOnlyList<double>[] seeds) =>
        [.. Enumerable.Range(0, seeds.Min(s => s.Count)).Select(e => seeds.Average(s => s[e]))];
}
