using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>Axes for values that are plotted as their decimal logarithms.</summary>
internal static class LogAxis
{
    /// <summary>Puts the ticks 1, 2, 5, 10, 20, ... at their logarithms, over the range of the values.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">The positive values that are plotted.</param>
    public static void Use(IAxis axis, IEnumerable<double> values)
    {
        double[] all = [.. values];
        int lowest = (int)Math.Floor(Math.Log10(all.Min()));
        int highest = (int)Math.Ceiling(Math.Log10(all.Max()));
        NumericManual ticks = new();
        foreach (double decade in Enumerable.Range(lowest, highest - lowest + 1).Select(e => Math.Pow(10, e)))
        {
            foreach (double value in new[] { decade, 2 * decade, 5 * decade })
            {
                ticks.AddMajor(Math.Log10(value), value.ToString("G4", CultureInfo.InvariantCulture));
            }
        }

        axis.TickGenerator = ticks;
    }
}
