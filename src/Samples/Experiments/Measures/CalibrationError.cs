namespace Microsoft.ML.TargetProp.Samples.Experiments.Measures;

/// <summary>One bin of a reliability diagram: rows with similar largest probabilities.</summary>
/// <param name="Count">Number of rows.</param>
/// <param name="Confidence">Mean of their largest probabilities.</param>
/// <param name="Accuracy">Part of the rows whose most probable class is right.</param>
internal readonly record struct CalibrationBin(int Count, double Confidence, double Accuracy);

/// <summary>
/// Expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo, Pleiss, Sun and Weinberger 2017). Rows are put into bins of equal
/// width by the probability of their most probable class. The gaps between mean probability and accuracy are averaged over the bins, each
/// weighted by its rows.
/// </summary>
internal static class CalibrationError
{
    /// <summary>The usual number of bins.</summary>
    public const int DefaultBins = 15;

    /// <summary>The bins, from low to high probability; bin b holds probabilities in (b/n, (b+1)/n].</summary>
    /// <param name="confidences">The largest probability of each row, in [0, 1].</param>
    /// <param name="correct">Whether the most probable class of each row is the true one.</param>
    /// <param name="bins">Number of bins.</param>
    public static IReadOnlyList<CalibrationBin> Bins(ReadOnlySpan<float> confidences, ReadOnlySpan<bool> correct, int bins = DefaultBins)
    {
        if (confidences.Length != correct.Length)
        {
            throw new ArgumentException($"{confidences.Length} probabilities for {correct.Length} answers.", nameof(correct));
        }

        int[] counts = new int[bins];
        int[] hits = new int[bins];
        double[] sums = new double[bins];
        for (int i = 0; i < confidences.Length; i++)
        {
            int bin = Math.Clamp((int)Math.Ceiling((double)confidences[i] * bins) - 1, 0, bins - 1);
            counts[bin]++;
            sums[bin] += confidences[i];
            hits[bin] += correct[i] ? 1 : 0;
        }

        return [.. Enumerable.Range(0, bins).Select(b => counts[b] == 0
            ? new CalibrationBin(0, double.NaN, double.NaN)
            : new CalibrationBin(counts[b], sums[b] / counts[b], (double)hits[b] / counts[b]))];
    }

    /// <summary>The error: Σ count/rows · |accuracy − confidence|.</summary>
    public static double Of(IReadOnlyList<CalibrationBin> bins)
    {
        double rows = bins.Sum(b => b.Count);
        return bins.Where(b => b.Count > 0).Sum(b => b.Count / rows * Math.Abs(b.Accuracy - b.Confidence));
    }
}
