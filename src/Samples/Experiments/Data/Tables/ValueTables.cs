namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Tables made by code whose label is a number. Each has one difficulty of real tables. Test labels have the noise of the training labels.</summary>
internal static class ValueTables
{
    private const int TestRows = 3_000;

    /// <summary>All tables.</summary>
    public static IReadOnlyList<ValueTable> All { get; } =
    [
        Drawn("linear", "300 rows, 20 columns, a linear function with noise", 300, random =>
        {
            double[] weights = random.Gaussians(20);
            return () =>
            {
                double[] x = random.Gaussians(20);
                return (x, x.Zip(weights, (a, b) => a * b).Sum() + (2 * random.Gaussian()));
            };
        }),
        Drawn("friedman", "500 rows, 10 columns (5 of them matter), a smooth function of Friedman (1991)", 500, random => () =>
        {
            double[] x = Uniforms(random, 10);
            return (x, (10 * Math.Sin(Math.PI * x[0] * x[1])) + (20 * (x[2] - 0.5) * (x[2] - 0.5)) + (10 * x[3]) + (5 * x[4]) + random.Gaussian());
        }),
        Drawn("waves", "2,000 rows, 4 columns, products of waves", 2_000, random => () =>
        {
            double[] x = random.Gaussians(4);
            return (x, (Math.Sin(3 * x[0]) * x[1]) + Math.Cos(2 * x[2]) + (0.2 * random.Gaussian()));
        }),
        Drawn("value-steps", "2,000 rows, 8 columns, steps at thresholds", 2_000, random => () =>
        {
            double[] x = random.Gaussians(8);
            double y = (x[0] > 0.3 ? 4 : 0) + (x[1] > 0 && x[2] > 0 ? 3 : 0) - (Math.Abs(x[3]) < 0.5 ? 2 : 0) + (x[4] > 1 ? 2 : 0);
            return (x, y + (0.3 * random.Gaussian()));
        }),
        Drawn("heavy-tails", "2,000 rows, 6 columns, some with heavy tails; a label with a heavy tail", 2_000, random => () =>
        {
            double[] x = random.Gaussians(6);
            double y = Math.Exp((0.8 * x[0]) + (0.5 * x[1] * x[2]) + (0.3 * random.Gaussian()));
            return ([Math.Exp(2 * x[0]), x[1], x[2], Math.Exp(x[3]), Math.Pow(x[4], 5), x[5]], y);
        }),
        Drawn("outliers", "1,000 rows, 6 columns, a smooth function; 3 % of the labels are far off", 1_000, random => () =>
        {
            double[] x = random.Gaussians(6);
            double y = x[0] + Math.Tanh(x[1] * x[2]) + (0.5 * x[3] * x[3]) + (0.3 * random.Gaussian());
            return (x, random.NextDouble() < 0.03 ? y + (15 * random.Gaussian()) : y);
        }),
        Drawn("value-unscaled", "1,000 rows, 8 columns in units from 0.0001 to 1,000,000, a label around 1,000,000", 1_000, random => () =>
        {
            double[] x = random.Gaussians(8);
            double y = x[0] + (x[1] * x[2]) + Math.Sin(2 * x[7]) + (0.2 * random.Gaussian());
            return ([.. x.Select((v, i) => Math.Pow(10, -4 + (10.0 * i / 7)) * (v + 20))], 1e6 + (1e4 * y));
        }),
        Drawn("value-wide", "300 rows, 500 columns (10 of them matter), a linear function with noise", 300, random =>
        {
            double[] weights = random.Gaussians(10);
            return () =>
            {
                double[] x = random.Gaussians(500);
                return (x, weights.Select((w, i) => w * x[50 * i]).Sum() + random.Gaussian());
            };
        }),
        Drawn("categories", "2,000 rows, 3 categories as 20 features and 2 numbers, a slope for each category", 2_000, random =>
        {
            int[] values = [4, 6, 10];
            double[][] levels = [.. values.Select(random.Gaussians)], slopes = [.. values.Select(random.Gaussians)];
            return () =>
            {
                int[] category = [.. values.Select(v => random.Next(v))];
                double[] x = random.Gaussians(2);
                double y = category.Select((c, i) => levels[i][c] + (slopes[i][c] * x[i % 2])).Sum() + (0.3 * random.Gaussian());
                return ([.. category.SelectMany((c, i) => Draw.OneHot(c, values[i])), .. x], y);
            };
        }),
    ];

    /// <summary>A table of independent rows.</summary>
    /// <param name="name">See <see cref="ValueTable.Name"/>.</param>
    /// <param name="description">See <see cref="ValueTable.Description"/>.</param>
    /// <param name="rows">Rows to learn from.</param>
    /// <param name="begin">Draws what all rows of a table have in common, and returns what draws a row.</param>
    private static ValueTable Drawn(string name, string description, int rows, Func<Random, Func<(double[] Features, double Label)>> begin) => new(name, description, random =>
    {
        Func<(double[] Features, double Label)> row = begin(random);
        return new ValueSplit(Rows(rows, row), Rows(TestRows, row));
    });

    private static ValueRows Rows(int count, Func<(double[] Features, double Label)> row)
    {
        (double[] Features, double Label)[] rows = [.. Enumerable.Range(0, count).Select(_ => row())];
        return new ValueRows([.. rows.Select(r => Array.ConvertAll(r.Features, v => (float)v))], [.. rows.Select(r => (float)r.Label)]);
    }

    private static double[] Uniforms(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
}
