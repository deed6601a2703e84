using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The window of <see cref="SpikeTiming"/> as a plot and two figures.</summary>
internal static class SpikeWindow
{
    private const int Reach = 30;

    /// <summary>Adds the mean weight change for postsynaptic spikes in the five steps after the presynaptic spike, and in the five steps before it.</summary>
    public static Findings Add(Findings findings)
    {
        double[] window = SpikeTiming.Window(1_000_000, Reach, seed: 1);
        Plot plot = new();
        plot.Add.Scatter(Enumerable.Range(-Reach, window.Length).Select(d => (double)d).ToArray(), window);
        plot.Title("Weight change per pair of spikes");
        plot.XLabel("postsynaptic spike after the presynaptic one, steps");
        plot.YLabel("mean change");
        return findings with
        {
            Plots = [.. findings.Plots, new NamedPlot("window", "The window of spike-timing-dependent plasticity", plot)],
            Figures =
            [
                .. findings.Figures,
                new Figure("window-after", Enumerable.Range(1, 5).Average(d => window[Reach + d])),
                new Figure("window-before", Enumerable.Range(1, 5).Average(d => window[Reach - d])),
            ],
        };
    }
}
