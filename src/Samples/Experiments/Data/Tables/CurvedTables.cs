namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Classes that no straight line separates.</summary>
internal static class CurvedTables
{
    /// <summary>Two arms that wind round each other one and a half times.</summary>
    public static Table Spirals { get; } = new("spirals", "1,000 rows, 2 columns, 2 spiral arms", random =>
    {
        double[] Row(int c)
        {
            double along = Math.Sqrt(random.NextDouble());
            double angle = (3 * Math.PI * along) + (Math.PI * c);
            return [(along * Math.Cos(angle)) + (0.04 * random.Gaussian()), (along * Math.Sin(angle)) + (0.04 * random.Gaussian())];
        }

        return new TableSplit(random.Rows(Draw.Balanced(1_000, 2), Row), random.Rows(Draw.Balanced(3_000, 2), Row));
    });

    /// <summary>The class is the parity of the number of positive values in three columns. No single column says anything.</summary>
    public static Table Parity { get; } = new("parity", "2,000 rows, 10 columns, the class is the parity of the signs of 3", random =>
    {
        double[] Row(int c)
        {
            double[] row = random.Gaussians(10);
            if (row.Take(3).Count(v => v > 0) % 2 != c)
            {
                row[0] = -row[0];
            }

            return row;
        }

        return new TableSplit(random.Rows(Draw.Balanced(2_000, 2), Row), random.Rows(Draw.Balanced(3_000, 2), Row));
    });

    /// <summary>Breiman's "ringnorm" (Bias, variance, and arcing classifiers, 1996), with his 300 rows: one cloud inside the other.</summary>
    public static Table Ringnorm { get; } = new("ringnorm", "300 rows, 20 columns, Breiman's two clouds, one inside the other", random =>
    {
        const int Columns = 20;
        double shift = 1 / Math.Sqrt(Columns);
        double[] Row(int c) => [.. random.Gaussians(Columns).Select(v => c == 0 ? 2 * v : v + shift)];
        return new TableSplit(random.Rows(Draw.Balanced(300, 2), Row), random.Rows(Draw.Balanced(3_000, 2), Row));
    });
}
