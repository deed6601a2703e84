namespace Microsoft.ML.TargetProp.Samples.Experiments.Measures;

/// <summary>
/// Area under the precision-recall curve as a sum of steps, Σ (recall_k − recall_{k−1}) · precision_k over the thresholds from high to low scores.
/// Rows with equal scores share a threshold. A score that says nothing has the share of the class.
/// </summary>
internal static class AveragePrecision
{
    /// <summary>The area; NaN if no row is of the class.</summary>
    /// <param name="rows">Whether each row is of the class, and its score, high for rows that are likely of the class.</param>
    public static double Of(IEnumerable<(bool Positive, float Score)> rows)
    {
        (bool Positive, float Score)[] all = [.. rows];
        double positives = all.Count(r => r.Positive);
        double area = 0, found = 0, seen = 0;
        foreach (IGrouping<float, (bool Positive, float Score)> equal in all.GroupBy(r => r.Score).OrderByDescending(g => g.Key))
        {
            int hits = equal.Count(r => r.Positive);
            (seen, found) = (seen + equal.Count(), found + hits);
            area += hits / positives * (found / seen);
        }

        return positives == 0 ? double.NaN : area;
    }
}
