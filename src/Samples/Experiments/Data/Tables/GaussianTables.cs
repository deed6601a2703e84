namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Clouds of normally distributed points. Each table has one difficulty of real tables.</summary>
internal static class GaussianTables
{
    /// <summary>150 training rows. The classes have the means and deviations of those in Fisher's iris table.</summary>
    public static Table Small { get; } = new("small", "150 rows, 4 columns, 3 classes after Fisher's iris", random =>
    {
        double[][] means = [[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]];
        double[][] deviations = [[0.352, 0.379, 0.174, 0.105], [0.516, 0.314, 0.470, 0.198], [0.636, 0.322, 0.552, 0.275]];
        double[] Row(int c)
        {
            // A large flower is large in every measure, so half of the variance is common to all four columns.
            double size = random.Gaussian();
            return [.. Enumerable.Range(0, 4).Select(i => means[c][i] + deviations[c][i] * Math.Sqrt(0.5) * (size + random.Gaussian()))];
        }

        return new TableSplit(random.Rows(Draw.Balanced(150, 3), Row), random.Rows(Draw.Balanced(3_000, 3), Row));
    });

    /// <summary>Four columns per row; 50 of the 2,000 columns carry information.</summary>
    public static Table Wide { get; } = new("wide", "500 rows, 2,000 columns (50 of them matter), 2 classes", random =>
    {
        const int Columns = 2_000, Telling = 50;
        const double Shift = 0.3;
        double[] Row(int c)
        {
            double[] row = random.Gaussians(Columns);
            for (int i = 0; i < Telling; i++)
            {
                row[i * (Columns / Telling)] += c == 0 ? -Shift : Shift;
            }

            return row;
        }

        return new TableSplit(random.Rows(Draw.Balanced(500, 2), Row), random.Rows(Draw.Balanced(2_000, 2), Row));
    });

    /// <summary>Columns in units from 0.0001 to 1,000,000, most of them far from zero.</summary>
    public static Table Unscaled { get; } = new("unscaled", "2,000 rows, 10 columns in units from 0.0001 to 1,000,000, 3 classes of 2 clouds", random =>
    {
        Clouds clouds = new(random, classes: 3, cloudsPerClass: 2, columns: 10, distance: 1.1);
        double[] units = [.. Enumerable.Range(0, 10).Select(i => Math.Pow(10, -4 + 10.0 * i / 9))];
        double[] origins = random.Gaussians(10);
        double[] Row(int c) => [.. clouds.Row(c).Select((v, i) => units[i] * (v + 20 * origins[i]))];
        return new TableSplit(random.Rows(Draw.Balanced(2_000, 3), Row), random.Rows(Draw.Balanced(3_000, 3), Row));
    });

    /// <summary>Fifty rows of one class per row of the other.</summary>
    public static Table Imbalanced { get; } = new("imbalanced", "2,550 rows, 8 columns, 2 classes 50 : 1", random =>
    {
        double[] direction = random.Gaussians(8);
        double length = Math.Sqrt(direction.Sum(d => d * d));
        double[] Row(int c) => [.. random.Gaussians(8).Select((v, i) => v + (c == 0 ? 0 : 3 * direction[i] / length))];
        IEnumerable<int> Classes(int rows) => Enumerable.Range(0, rows).Select(i => i % 51 == 0 ? 1 : 0);
        return new TableSplit(random.Rows(Classes(2_550), Row), random.Rows(Classes(10_200), Row));
    });

    /// <summary>100 classes of 50 rows.</summary>
    public static Table ManyClasses { get; } = new("many-classes", "5,000 rows, 20 columns, 100 classes", random =>
    {
        Clouds clouds = new(random, classes: 100, cloudsPerClass: 1, columns: 20, distance: 1.2);
        return new TableSplit(random.Rows(Draw.Balanced(5_000, 100), clouds.Row), random.Rows(Draw.Balanced(5_000, 100), clouds.Row));
    });

    /// <summary>A fifth of the training labels are wrong; the test labels are right.</summary>
    public static Table NoisyLabels { get; } = new("noisy-labels", "2,000 rows, 10 columns, 3 classes of 2 clouds, 20 % of the training labels wrong", random =>
    {
        const int Classes = 3;
        Clouds clouds = new(random, Classes, cloudsPerClass: 2, columns: 10, distance: 1.1);
        TableRows train = random.Rows(Draw.Balanced(2_000, Classes), clouds.Row);
        string[] labels = [.. train.Labels];
        for (int i = 0; i < labels.Length; i++)
        {
            if (random.NextDouble() < 0.2)
            {
                string[] others = [.. Enumerable.Range(0, Classes).Select(Draw.Name).Where(name => name != labels[i])];
                labels[i] = others[random.Next(others.Length)];
            }
        }

        return new TableSplit(train with { Labels = labels }, random.Rows(Draw.Balanced(3_000, Classes), clouds.Row));
    });

    /// <summary>Classes of several clouds with random centres.</summary>
    private sealed class Clouds(Random random, int classes, int cloudsPerClass, int columns, double distance)
    {
        private readonly double[][][] _centres =
            [.. Enumerable.Range(0, classes).Select(_ => Enumerable.Range(0, cloudsPerClass).Select(_ => random.Gaussians(columns)).ToArray())];

        public double[] Row(int c)
        {
            double[] centre = _centres[c][random.Next(cloudsPerClass)];
            return [.. random.Gaussians(columns).Select((v, i) => v + distance * centre[i])];
        }
    }
}
