namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Random draws for the tables.</summary>
internal static class Draw
{
    /// <summary>The part of the rows of a file that is held out for measuring.</summary>
    public const double Held = 0.3;

    /// <summary>A normally distributed number, mean 0 and deviation 1.</summary>
    public static double Gaussian(this Random random)
    {
        // Box and Muller. 1 - u is never 0, so its logarithm is finite.
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return radius * Math.Cos(Math.Tau * random.NextDouble());
    }

    /// <summary>Several normally distributed numbers.</summary>
    public static double[] Gaussians(this Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Gaussian())];

    /// <summary>Makes rows in random order, one by one.</summary>
    /// <param name="random">The random numbers.</param>
    /// <param name="classes">The class of each row to make, in any order.</param>
    /// <param name="row">Makes the features of a row of a class.</param>
    public static TableRows Rows(this Random random, IEnumerable<int> classes, Func<int, double[]> row)
    {
        int[] labels = [.. classes];
        random.Shuffle(labels);
        return new TableRows([.. labels.Select(label => ToSingle(row(label)))], [.. labels.Select(Name)]);
    }

    /// <summary>Classes 0, 1, 2, … in turn, so every class has nearly the same number of rows.</summary>
    public static IEnumerable<int> Balanced(int rows, int classes) => Enumerable.Range(0, rows).Select(i => i % classes);

    /// <summary>Splits all cases of a table in random order: 70 % for training, the others for measuring.</summary>
    public static TableSplit Split(this Random random, IReadOnlyList<(double[] Features, string Label)> all)
    {
        (double[] Features, string Label)[] rows = [.. all];
        random.Shuffle(rows);
        int train = rows.Length * 7 / 10;
        return new TableSplit(ToRows(rows[..train]), ToRows(rows[train..]));
    }

    /// <summary>The name of a class.</summary>
    public static string Name(int label) => "c" + label.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A category as one column per value, 1 for its own value.</summary>
    public static IEnumerable<double> OneHot(int value, int values) => Enumerable.Range(0, values).Select(v => v == value ? 1.0 : 0.0);

    private static TableRows ToRows((double[] Features, string Label)[] rows) =>
        new([.. rows.Select(r => ToSingle(r.Features))], [.. rows.Select(r => r.Label)]);

    private static float[] ToSingle(double[] values) => Array.ConvertAll(values, v => (float)v);
}
