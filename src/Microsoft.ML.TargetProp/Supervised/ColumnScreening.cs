using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Selects the columns of a table that tell something about the labels, each on its own. When columns outnumber rows, a network can fit the rows by
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
    /// <param name="labels">The class of every row, from 0, or its number.</param>
    /// <param name="areClasses">True for classes.</param>
    /// <param name="seed">The seed of the shuffled labels.</param>
    public static Standardization Apply(Standardization standardization, Tensor features, IReadOnlyList<float> labels, bool areClasses, int seed)
    {
        var shuffled = labels.ToArray();
        new Random(seed).Shuffle(shuffled);
        var told = Determination(features, labels, areClasses);
        var threshold = Threshold(told, Determination(features, shuffled, areClasses));
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

    /// <summary>R² of every column: the part of its variance that lies between the means of the classes, or along a number. 0 for a constant column.</summary>
    private static double[] Determination(Tensor features, IReadOnlyList<float> labels, bool areClasses)
    {
        using var scope = NewDisposeScope();
        var averaging = areClasses ? Averaging(labels, features.device) : Direction(labels, features.device);
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

    /// <summary>
    /// Row k of this matrix times a column is √(rows of class k) times the column's mean in class k. The sum of the squares over classes is the variance
    /// between the classes.
    /// </summary>
    private static Tensor Averaging(IReadOnlyList<float> classes, Device device)
    {
        var index = tensor(classes.Select(l => (long)l).ToArray(), device: device);
        var counts = bincount(index).to(ScalarType.Float64);
        return nn.functional.one_hot(index, counts.shape[0]).to(ScalarType.Float64).div_(counts.sqrt()).nan_to_num_().t();
    }

    /// <summary>The centred numbers as a row of length 1: its product with a column, squared, is the variance that the numbers explain.</summary>
    private static Tensor Direction(IReadOnlyList<float> numbers, Device device)
    {
        var values = tensor(numbers.Select(n => (double)n).ToArray(), device: device);
        values = values.sub(values.mean());
        return values.div_(values.norm()).nan_to_num_().unsqueeze(0);
    }
}
