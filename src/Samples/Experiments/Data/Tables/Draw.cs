namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>What the tables are drawn with.</summary>
internal static class Draw
{
    /// <summary>A normally distributed number, mean 0 and deviation 1.</summary>
    public static double Gaussian(this Random random)
    {
        // Box and Muller; 1 - u keeps the logarithm off zero.
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return radius * Math.Cos(Math.Tau * random.NextDouble());
    }

    /// <summary>Several of them.</summary>
    public static double[] Gaussians(this Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Gaussian())];

    /// <summary>Rows in random order, made one by one.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="classes">The class of each row to make, in any order.</param>
    /// <param name="row">Makes the features of a row of a class.</param>
    public static TableRows Rows(this Random random, IEnumerable<int> classes, Func<int, double[]> row)
    {
        int[] labels = [.. classes];
        random.Shuffle(labels);
        return new TableRows([.. labels.Select(label => ToSingle(row(label)))], [.. labels.Select(Name)]);
    }

    /// <summary>Every class equally often, or nearly so.</summary>
    public static IEnumerable<int> Balanced(int rows, int classes) => Enumerable.Range(0, rows).Select(i => i % classes);

    /// <summary>The rows of a table that is known in full, in random order: 70 % to learn from, the others to be measured on.</summary>
    public static TableSplit Split(this Random random, IReadOnlyList<(double[] Features, string Label)> all)
    {
        (double[] Features, string Label)[] rows = [.. all];
        random.Shuffle(rows);
        int train = rows.Length * 7 / 10;
        return new TableSplit(ToRows(rows[..train]), ToRows(rows[train..]));
    }

    /// <summary>The name of a class.</summary>
    public static string Name(int label) => "c" + label.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A category as one column for each value, 1 for the one it has.</summary>
    public static IEnumerable<double> OneHot(int value, int values) => Enumerable.Range(0, values).Select(v => v == value ? 1.0 : 0.0);

    private static TableRows ToRows((double[] Features, string Label)[] rows) =>
        new([.. rows.Select(r => ToSingle(r.Features))], [.. rows.Select(r => r.Label)]);

    private static float[] ToSingle(double[] values) => Array.ConvertAll(values, v => (float)v);
}
