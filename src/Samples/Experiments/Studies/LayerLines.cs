using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>A quantity against epochs, one line per layer, coloured by depth. All configurations have the same axes.</summary>
/// <param name="quantity">Name of the quantity in <see cref="DiagnosedEpochs"/>.</param>
/// <param name="label">Label of the axis.</param>
internal sealed class LayerLines(string quantity, string label)
{
    /// <summary>Name of a line, before its number.</summary>
    public string Name { get; init; } = "layer";

    /// <summary>Factor on the values: 100 for percent.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Value of a grey line for comparison, or null.</summary>
    public double? Line { get; init; }

    /// <summary>The lower end of the axis; null to fit it to the values.</summary>
    public double? Lowest { get; init; }

    /// <summary>The upper end of the axis; null to fit it to the values.</summary>
    public double? Highest { get; init; }

    /// <summary>Whether the axis is logarithmic.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>A second quantity, as dots without a line, or null.</summary>
    public string? Dots { get; init; }

    /// <summary>One plot per configuration. A configuration with values that a logarithmic axis cannot show has none.</summary>
    public IEnumerable<NamedPlot> Draw(IReadOnlyList<TrialResult> results)
    {
        string[] shown = [.. DiagnoseStudy.Configurations.Select(c => c.Name)
            .Where(name => !Logarithmic || DiagnosedEpochs.Read(results, name, quantity).All(l => l.Values.All(v => v > 0)))
            .Where(name => DiagnosedEpochs.Read(results, name, quantity).Count > 0)];
        double[] all = [.. shown.SelectMany(name => Read(results, name, quantity)).SelectMany(l => l.Values).Where(double.IsFinite)];
        return shown.Select(name => Draw(results, name, all));
    }

    private NamedPlot Draw(IReadOnlyList<TrialResult> results, string configuration, double[] all)
    {
        Plot plot = new();
        IReadOnlyList<(int Layer, double[] Values)> lines = Read(results, configuration, quantity);
        foreach ((int layer, double[] values) in lines)
        {
            Add(plot, layer, values).LegendText = $"{Name} {layer}";
        }

        foreach ((int layer, double[] values) in Dots is null ? [] : Read(results, configuration, Dots))
        {
            Add(plot, layer, values).LineWidth = 0;
        }

        if (Line is { } height)
        {
            plot.Add.HorizontalLine(height, 2, Colors.Gray);
        }

        (double lowest, double highest) = (Lowest ?? all.Min(), Highest ?? Math.Max(all.Max(), Line ?? all.Max()));
        double margin = 0.06 * (highest - lowest);
        plot.Axes.SetLimitsY(lowest - margin / 2, Highest ?? highest + margin);
        if (Logarithmic)
        {
            LogAxis.Use(plot.Axes.Left, all.Select(v => Math.Pow(10, v)));
        }

        plot.Title(configuration);
        plot.XLabel("epoch");
        plot.YLabel(label);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.Label.FontSize = plot.Axes.Left.Label.FontSize = 13;
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.ShowLegend(Edge.Bottom);
        plot.Legend.ShadowColor = plot.Legend.OutlineColor = Colors.Transparent;
        return new NamedPlot($"{quantity}-{configuration.Replace(' ', '-')}", $"{label} against epochs, {configuration}", plot);
    }

    private static ScottPlot.Plottables.Scatter Add(Plot plot, int layer, double[] values)
    {
        double[] epochs = [.. Enumerable.Range(1, values.Length).Select(e => (double)e)];
        ScottPlot.Plottables.Scatter line = plot.Add.Scatter(epochs, values, new ScottPlot.Colormaps.Viridis().GetColor((layer - 1) / (double)DiagnoseStudy.HiddenLayers));
        (line.LineWidth, line.MarkerSize) = (2.5f, 5);
        return line;
    }

    private List<(int Layer, double[] Values)> Read(IReadOnlyList<TrialResult> results, string configuration, string of) =>
        [.. DiagnosedEpochs.Read(results, configuration, of)
            .Where(l => l.Layer <= DiagnoseStudy.HiddenLayers)
            .Select(l => (l.Layer, Array.ConvertAll(l.Values, v => Logarithmic ? Math.Log10(Factor * v) : Factor * v)))];
}
