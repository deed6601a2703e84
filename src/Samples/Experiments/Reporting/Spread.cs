using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>Mean and standard deviation of a figure over seeds.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample standard deviation (n − 1); NaN for a single value.</param>
/// <param name="Count">Number of values.</param>
internal readonly record struct Spread(double Mean, double Deviation, int Count)
{
    /// <summary>The spread of one value or more.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        double squares = all.Sum(v => (v - mean) * (v - mean));
        return new Spread(mean, all.Length > 1 ? Math.Sqrt(squares / (all.Length - 1)) : double.NaN, all.Length);
    }

    /// <summary>Mean ± deviation of a fraction, in percent.</summary>
    public string AsPercent(string format = "0.00") => Text(100 * Mean, 100 * Deviation, format) + " %";

    /// <summary>Mean ± deviation.</summary>
    public string AsNumber(string format = "0.0000") => Text(Mean, Deviation, format);

    private static string Text(double mean, double deviation, string format)
    {
        string text = mean.ToString(format, CultureInfo.InvariantCulture);
        return double.IsNaN(deviation) ? text : $"{text} ± {deviation.ToString(format, CultureInfo.InvariantCulture)}";
    }
}
