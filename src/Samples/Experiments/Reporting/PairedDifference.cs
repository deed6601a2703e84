using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>The mean difference of two figures over the same splits.</summary>
/// <param name="Mean">Mean of the differences.</param>
/// <param name="StandardError">
/// Standard deviation of the differences over the root of their number; NaN for a single one. It treats the splits as independent, though they share
/// rows, so it is too small rather than too large.
/// </param>
internal readonly record struct PairedDifference(double Mean, double StandardError)
{
    /// <summary>The part of a standard error by which a mean difference may be above 0.</summary>
    public const double Allowed = 0.5;

    /// <summary>The difference of one pair or more.</summary>
    public static PairedDifference Of(IEnumerable<double> differences)
    {
        Spread spread = Spread.Of(differences);
        return new PairedDifference(spread.Mean, spread.Deviation / Math.Sqrt(spread.Count));
    }

    /// <summary>Whether the mean is at most half a standard error above 0: the bar of a comparison.</summary>
    public bool IsHeld => Mean <= 0 || Mean <= Allowed * StandardError;

    /// <summary>"below" 0, "level" when at most half a standard error above it, and "above".</summary>
    public string Verdict => Mean < 0 ? "below" : IsHeld ? "level" : "above";

    /// <summary>Mean ± standard error, with the sign of the mean.</summary>
    public string AsText(double scale, string format)
    {
        string mean = (scale * Mean).ToString($"+{format};−{format};{format}", CultureInfo.InvariantCulture);
        return double.IsNaN(StandardError) ? mean : $"{mean} ± {(scale * StandardError).ToString(format, CultureInfo.InvariantCulture)}";
    }
}
