using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Conditional means and variances against elimination in double precision.</summary>
public sealed class ConditionalGaussianTests
{
    /// <summary>A positive definite covariance in which every pair of columns is correlated.</summary>
    private static double[,] Covariance(int columns, int seed)
    {
        var random = new Random(seed);
        double[,] mix = new double[columns, columns + 2], covariance = new double[columns, columns];
        foreach (int i in Enumerable.Range(0, mix.Length))
            mix[i / (columns + 2), i % (columns + 2)] = random.NextDouble() - 0.5;
        for (int a = 0; a < columns; a++)
        {
            for (int b = 0; b < columns; b++)
                covariance[a, b] = Enumerable.Range(0, columns + 2).Sum(k => mix[a, k] * mix[b, k]) + (a == b ? 0.1 : 0);
        }
        return covariance;
    }

    /// <summary>Solves A X = B by elimination.</summary>
    private static double[,] Solve(double[,] a, double[,] b)
    {
        (a, b) = ((double[,])a.Clone(), (double[,])b.Clone());
        (int n, int m) = (b.GetLength(0), b.GetLength(1));
        for (int pivot = 0; pivot < n; pivot++)
        {
            for (int row = 0; row < n; row++)
            {
                if (row == pivot)
                    continue;
                double factor = a[row, pivot] / a[pivot, pivot];
                for (int c = 0; c < n; c++)
                    a[row, c] -= factor * a[pivot, c];
                for (int c = 0; c < m; c++)
                    b[row, c] -= factor * b[pivot, c];
            }
        }
        for (int row = 0; row < n; row++)
        {
            for (int c = 0; c < m; c++)
                b[row, c] /= a[row, row];
        }
        return b;
    }

    /// <summary>x_m = μ_m + Σ_mo Σ_oo⁻¹ (x_o − μ_o) and diag(Σ_mm − Σ_mo Σ_oo⁻¹ Σ_om).</summary>
    private static (double[] Mean, double[] Variance) Conditional(double[] mean, double[,] covariance, float[] row)
    {
        int[] gaps = [.. Enumerable.Range(0, row.Length).Where(c => float.IsNaN(row[c]))], known = [.. Enumerable.Range(0, row.Length).Except(gaps)];
        double[,] within = new double[known.Length, known.Length], right = new double[known.Length, gaps.Length + 1];
        for (int i = 0; i < known.Length; i++)
        {
            for (int j = 0; j < known.Length; j++)
                within[i, j] = covariance[known[i], known[j]];
            for (int g = 0; g < gaps.Length; g++)
                right[i, g] = covariance[known[i], gaps[g]];
            right[i, gaps.Length] = row[known[i]] - mean[known[i]];
        }
        double[,] solved = Solve(within, right);
        double Sum(int g, int column) => Enumerable.Range(0, known.Length).Sum(i => covariance[known[i], gaps[g]] * solved[i, column]);
        return ([.. gaps.Select((c, g) => mean[c] + Sum(g, gaps.Length))], [.. gaps.Select((c, g) => covariance[c, c] - Sum(g, g))]);
    }

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 0.5)]
    [InlineData(7, 0.4)]
    [InlineData(70, 0.2)]
    [InlineData(70, 0.8)]
    public void Gaps_get_their_conditional_mean_and_variance(int columns, double rate)
    {
        var random = new Random(3);
        double[,] covariance = Covariance(columns, 2);
        double[] mean = [.. Enumerable.Range(0, columns).Select(_ => random.NextDouble())];
        float[][] rows = [.. Enumerable.Range(0, 5).Select(r => Enumerable.Range(0, columns).Select(_ => random.NextDouble() < rate ? float.NaN : (float)random.NextDouble()).ToArray())];
        rows[4] = [.. Enumerable.Repeat(float.NaN, columns)];
        using var scope = NewDisposeScope();
        using var fill = new ConditionalGaussian(new([.. mean.Select(m => (float)m)], [.. covariance.Cast<double>().Select(v => (float)v)]), CPU);
        Tensor visible = tensor(rows.SelectMany(r => r).ToArray()).view(5, columns);
        Tensor missing = visible.isnan();

        float[] filled = fill.Fill(visible.nan_to_num(), missing).data<float>().ToArray();
        float[] variances = fill.Variances(missing).data<float>().ToArray();

        for (int r = 0; r < 5; r++)
        {
            (double[] means, double[] expected) = Conditional(mean, covariance, rows[r]);
            int gap = 0;
            for (int c = 0; c < columns; c++)
            {
                bool isMissing = float.IsNaN(rows[r][c]);
                Assert.Equal(isMissing ? means[gap] : rows[r][c], filled[r * columns + c], 1e-4);
                Assert.Equal(isMissing ? expected[gap] : 0, variances[r * columns + c], 1e-4);
                gap += isMissing ? 1 : 0;
            }
        }
    }

    [Fact]
    public void The_Gaussian_of_rows_with_gaps_is_near_the_one_that_they_were_drawn_from()
    {
        var random = new Random(7);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        float[] values = new float[3 * 4000];
        for (int r = 0; r < 4000; r++)
        {
            double a = Normal();
            (values[3 * r], values[3 * r + 1], values[3 * r + 2]) = ((float)a, (float)(1 + 0.8 * a + 0.6 * Normal()), (float)(-2 - a + 0.5 * Normal()));
        }
        using var scope = NewDisposeScope();
        Tensor rows = tensor(values).view(4000, 3);
        // The third column is observed only where the first is at least 0, so the mean of its observed entries is not its mean.
        Tensor missing = zeros_like(rows).to(ScalarType.Bool);
        missing[.., 2] = rows[.., 0].lt(0);

        GaussianParameters start = GaussianParameters.Learn(where(missing, zeros_like(rows), rows), missing);

        float[] mean = [0, 1, -2], covariance = [1, 0.8f, -1, 0.8f, 1, -0.8f, -1, -0.8f, 1.25f];
        Assert.All(mean.Zip(start.Mean), pair => Assert.Equal(pair.First, pair.Second, 0.1f));
        Assert.All(covariance.Zip(start.Covariance), pair => Assert.Equal(pair.First, pair.Second, 0.12f));
    }

    /// <summary>Independent columns between 0 and 1.</summary>
    private static Tensor Independent(int rows, int columns) => rand(rows, columns, dtype: ScalarType.Float32, device: CPU, generator: new Generator(1));

    [Theory]
    [InlineData(10, 1, 0f)]
    [InlineData(10, 3, 0.5f)]
    [InlineData(70, 20, 0f)]
    public void Columns_that_never_vary_change_nothing_about_the_covariance_of_the_others(int columns, int constants, float value)
    {
        using var scope = NewDisposeScope();
        Tensor varying = Independent(200, columns), table = cat([varying, full([200, constants], value)], 1);
        Tensor Covariance(Tensor rows) => tensor(GaussianParameters.Learn(rows, zeros_like(rows).to(ScalarType.Bool)).Covariance).view(rows.shape[1], rows.shape[1]);

        Tensor expected = Covariance(varying), actual = Covariance(table);

        Assert.True(actual[..columns, ..columns].allclose(expected, 1e-5, 1e-8), "the block of the columns that vary");
        Assert.Equal(0, actual[columns.., ..columns].abs().max().ToDouble(), 1e-12);
        // The columns are independent, so shrinkage removes nearly all of the correlation that they have by chance.
        Tensor deviation = expected.diagonal().sqrt();
        Tensor correlation = expected.div(outer(deviation, deviation)).sub(eye(columns));
        Assert.True(correlation.abs().max().ToDouble() < 0.03, $"{correlation.abs().max().ToDouble()}");
    }

    [Theory]
    [InlineData(1, 0.5f)]
    [InlineData(3, 0f)]
    public void A_table_of_nothing_but_constants_has_an_invertible_covariance(int columns, float value)
    {
        using var scope = NewDisposeScope();
        Tensor table = full([20, columns], value), missing = zeros_like(table).to(ScalarType.Bool);
        missing[4, 0] = true;
        using var gaussian = new ConditionalGaussian(GaussianParameters.Learn(table, missing), CPU);

        Assert.Equal(value, gaussian.Fill(zeros_like(table), missing)[4, 0].ToSingle(), 1e-5f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Fewer_rows_than_columns_and_a_column_that_never_varies_still_give_an_invertible_covariance(int rows)
    {
        using var scope = NewDisposeScope();
        Tensor table = rand(rows, 12, dtype: ScalarType.Float32, device: CPU, generator: new Generator(1));
        table[.., 3] = 0.5f;
        Tensor missing = zeros_like(table).to(ScalarType.Bool);
        missing[0, 3] = true;
        missing[0, 4] = true;
        using var fill = new ConditionalGaussian(GaussianParameters.Learn(table, missing), CPU);

        Assert.True(fill.Fill(table, missing).isfinite().all().ToBoolean());
    }

    [Fact]
    public void Vectors_too_wide_for_a_covariance_start_at_the_means_of_their_columns()
    {
        using var scope = NewDisposeScope();
        int columns = GaussianParameters.MaxColumns + 1;
        Tensor rows = stack([zeros(columns), ones(columns), full([columns], 100f)]);
        Tensor missing = zeros_like(rows).to(ScalarType.Bool);
        missing[2] = true;
        using var fill = new ConditionalGaussian(GaussianParameters.Learn(rows, missing), CPU);

        Assert.All(fill.Fill(rows, missing)[2].data<float>().ToArray(), v => Assert.Equal(0.5f, v));
        Assert.All(fill.Variances(missing)[2].data<float>().ToArray(), v => Assert.Equal(0.25f, v));
    }
}
