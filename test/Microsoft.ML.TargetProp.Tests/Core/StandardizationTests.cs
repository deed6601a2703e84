using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests how standardization learns from the columns of a training set and what it gives to the network.</summary>
public sealed class StandardizationTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void Columns_are_centred_and_divided_by_half_their_range(int rows)
    {
        var random = new Random(1);
        double[] offsets = [0, 3, -250, 1e6, 1e-6, 0], scales = [1, 0.01, 40, 1e4, 1e-8, 1e20];
        Tensor features = Table(rows, offsets.Length, (_, c) => offsets[c] + scales[c] * (random.NextDouble() - 0.5));

        double[][] seen = Seen(features);

        Assert.All(seen, column =>
        {
            Assert.Equal(0, column.Average(), 1e-3);
            Assert.Equal(2, column.Max() - column.Min(), 1e-3);
        });
    }

    [Theory]
    [InlineData(0.5)]    // Half the range is one standard deviation.
    [InlineData(0.1)]    // Half the range is 1.7 standard deviations.
    [InlineData(0.001)]  // Half the range is 15.8 standard deviations, so the spread is four.
    public void The_spread_of_a_column_is_half_its_range_limited_to_one_to_four_standard_deviations(double fraction)
    {
        const int Rows = 1000;
        double deviation = Math.Sqrt(fraction * (1 - fraction)), spread = Math.Min(Math.Max(deviation, 0.5), 4 * deviation);

        double[] seen = Seen(Table(Rows, 1, (r, _) => r < fraction * Rows ? 1 : 0))[0];

        Assert.Equal(-fraction / spread, seen[^1], 1e-5);
        Assert.Equal(Math.Min(5, (1 - fraction) / spread), seen[0], 1e-5);
    }

    [Fact]
    public void A_column_of_timestamps_keeps_its_spread()
    {
        // Seconds since 1970, over thirty days. In single precision, their resolution is 128.
        var random = new Random(1);
        Tensor features = Table(5000, 1, (_, _) => 1.6e9 + 30 * 86_400 * random.NextDouble());

        double[] seen = Seen(features)[0];

        Assert.Equal(0, seen.Average(), 1e-3);
        Assert.Equal(2, seen.Max() - seen.Min(), 1e-3);
        Assert.True(seen.Distinct().Count() > 4000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(-1.6e9)]
    [InlineData(1e30)]
    [InlineData(1e-40)]
    public void A_constant_column_becomes_0_also_for_later_values(double value)
    {
        foreach (int rows in new[] { 1, 3, 1000, 5000 })
        {
            Standardization standardization = Standardization.Learn(Table(rows, 1, (_, _) => value));
            Assert.Equal([0f], standardization.Scale);

            Tensor later = Table(4, 1, (r, _) => r == 0 ? value : value + r * 1e6);
            standardization.Apply(later);
            Assert.All(LearningCase.Flat(later), v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void Constant_columns_do_not_change_other_columns()
    {
        double[][] seen = Seen(Table(100, 3, (r, c) => c == 1 ? 0.3 : r % 2));

        Assert.All(seen[1], v => Assert.Equal(0, v));
        foreach (int c in new[] { 0, 2 })
            Assert.All(seen[c], v => Assert.Equal(1, Math.Abs(v), 1e-6));
    }

    [Fact]
    public void A_pixel_that_is_lit_in_1_of_60000_images_stays_within_the_limit()
    {
        double[] seen = Seen(Table(60_000, 1, (r, _) => r == 123 ? 255 : 0))[0];

        Assert.Equal(Standardization.Limit, seen[123]);
        Assert.All(seen.Where((_, r) => r != 123), v => Assert.InRange(v, -0.01, 0));
    }

    [Fact]
    public void Learning_does_not_change_the_features()
    {
        Tensor features = Table(50, 2, (r, c) => r * c);
        double[] before = LearningCase.Flat(features);

        Standardization.Learn(features);

        Assert.Equal(before, LearningCase.Flat(features));
    }

    private static Tensor Table(int rows, int columns, Func<int, int, double> value)
        => tensor(Enumerable.Range(0, rows * columns).Select(i => (float)value(i / columns, i % columns)).ToArray()).view(rows, columns);

    /// <summary>The standardized columns.</summary>
    private static double[][] Seen(Tensor features)
    {
        Standardization standardization = Standardization.Learn(features);
        Tensor copy = features.clone();
        standardization.Apply(copy);
        return LearningCase.Doubles(copy.t());
    }
}
