using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Which columns of a table say anything about the classes, each on its own. Where columns outnumber rows, a network can fit its rows by
/// chance columns alone, and leaving those out is worth more than what it loses: columns that tell only together.
/// </summary>
internal static class ColumnScreening
{
    /// <summary>At most this part of the columns that are kept is there by chance, by estimate.</summary>
    private const double ChancePart = 0.2;

    private const int ColumnsAtOnce = 1024;

    /// <summary>
    /// A standardisation with scale 0 for every column that is left out: the column becomes 0, like a constant one. All are kept when no
    /// column stands out.
    /// </summary>
    /// <param name="standardization">Of all columns.</param>
    /// <param name="features">Raw features, <c>[rows, columns]</c>.</param>
    /// <param name="labels">The class of every row, from 0.</param>
    /// <param name="seed">Of the order that labels are shuffled into.</param>
    public static Standardization Apply(Standardization standardization, Tensor features, IReadOnlyList<int> labels, int seed)
    {
        var shuffled = labels.ToArray();
        new Random(seed).Shuffle(shuffled);
        var told = Determination(features, labels);
        var threshold = Threshold(told, Determination(features, shuffled));
        return new(standardization.Offset, [.. standardization.Scale.Select((scale, c) => told[c] >= threshold ? scale : 0)]);
    }

    /// <summary>
    /// The smallest value that keeps no more than <see cref="ChancePart"/> by chance, when as many columns are taken to reach it by
    /// chance as do with shuffled labels, and one more (Barber and Candès 2015). 0 when there is none.
    /// </summary>
    private static double Threshold(double[] told, double[] byChance)
    {
        double[] descending = [.. told.OrderDescending()];
        double[] chances = [.. byChance.OrderDescending()];
        var (threshold, reached) = (0.0, 0);
        for (var kept = 1; kept <= descending.Length; kept++)
        {
            while (reached < chances.Length && chances[reached] >= descending[kept - 1])
                reached++;
            if (1 + reached <= ChancePart * kept)
                threshold = descending[kept - 1];
        }
        return threshold;
    }

    /// <summary>R² of every column: the part of its variance that lies between the means of the classes. 0 for a constant column.</summary>
    private static double[] Determination(Tensor features, IReadOnlyList<int> labels)
    {
        using var scope = NewDisposeScope();
        var index = tensor(labels.Select(l => (long)l).ToArray(), device: features.device);
        var counts = bincount(index).to(ScalarType.Float64);
        // Row k of this, times a column, is √(rows of class k) · its mean there: squared, and summed over classes, what lies between them.
        var averaging = nn.functional.one_hot(index, counts.shape[0]).to(ScalarType.Float64).div_(counts.sqrt()).nan_to_num_().t();
        var parts = new List<double>();
        for (var start = 0L; start < features.shape[1]; start += ColumnsAtOnce)
        {
            using var block = NewDisposeScope();
            var values = features.narrow(1, start, Math.Min(ColumnsAtOnce, features.shape[1] - start)).to(ScalarType.Float64);
            values = values.sub(values.mean([0L], keepdim: true));
            var sums = averaging.mm(values);
            var between = sums.mul_(sums).sum(dim: 0L);
            var total = values.mul_(values).sum(dim: 0L);
            parts.AddRange(between.div_(total).nan_to_num_().cpu().data<double>().ToArray());
        }
        return [.. parts];
    }
}
