using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Selects the columns of a table that tell something about the classes, each on its own. When columns outnumber rows, a network can fit the rows by
/// chance columns alone. Leaving those out gains more than it loses in columns that tell something only together.
/// </summary>
internal static class ColumnScreening
{
    /// <summary>The largest estimated part of chance columns among those that are kept.</summary>
    private const double ChancePart = 0.2;

    private const int ColumnsAtOnce = 1024;

    /// <summary>
    /// The standardisation with scale 0 for every column that is left out, so that the network reads 0 there. All columns are kept when none stands
    /// out.
    /// </summary>
    /// <param name="standardization">The standardisation of all columns.</param>
    /// <param name="features">Raw features, <c>[rows, columns]</c>.</param>
    /// <param name="labels">The class of every row, from 0.</param>
    /// <param name="seed">The seed of the shuffled labels.</param>
    public static Standardization Apply(Standardization standardization, Tensor features, IReadOnlyList<int> labels, int seed)
    {
        var shuffled = labels.ToArray();
        new Random(seed).Shuffle(shuffled);
        var told = Determination(features, labels);
        var threshold = Threshold(told, Determination(features, shuffled));
        return new(standardization.Offset, [.. standardization.Scale.Select((scale, c) => told[c] >= threshold ? scale : 0)]);
    }

    /// <summary>
    /// The smallest value for which at most <see cref="ChancePart"/> of the kept columns are there by chance; 0 when there is none. The number of chance
    /// columns is estimated as the number that reach the value with shuffled labels, plus one (Barber and Candès 2015).
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
        // Row k of this matrix times a column is √(rows of class k) times the column's mean in class k. The sum of the squares over classes is the variance
        // between the classes.
        var averaging = nn.functional.one_hot(index, counts.shape[0]).to(ScalarType.Float64).div_(counts.sqrt()).nan_to_num_().t();
        var parts = new List<double>();
        for (var start = 0L; start < features.shape[1]; start += ColumnsAtOnce)
        {
            using var block = NewDisposeScope();
            var values = features.narrow(1, start, Math.Min(ColumnsAtOnce, features.shape[1] - start)).to(ScalarType.Float64);
            var observed = values.isnan().logical_not().sum(dim: 0L);
            // A gap counts as the mean of its column. (TorchSharp's nanmean ends the process.)
            values = values.sub(values.nan_to_num().sum(dim: 0L).div_(observed)).nan_to_num_();
            var sums = averaging.mm(values);
            var between = sums.mul_(sums).sum(dim: 0L);
            var total = values.mul_(values).sum(dim: 0L);
            parts.AddRange(between.div_(total).nan_to_num_().ToDoubles());
        }
        return [.. parts];
    }
}
