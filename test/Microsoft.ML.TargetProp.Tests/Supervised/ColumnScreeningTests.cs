using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests which columns of a wide table the network may use.</summary>
public sealed class ColumnScreeningTests
{
    private const int Rows = 300;

    [Fact]
    public void Informative_columns_are_kept_and_most_others_are_removed()
    {
        // Each of the columns 0 to 29 separates one of three classes from the others.
        Standardization screened = Screen(1000, (row, column) => column < 30 && row % 3 == column % 3 ? 1.5 : 0);

        Assert.All(screened.Scale[..30], s => Assert.NotEqual(0, s));
        Assert.InRange(screened.Scale[30..].Count(s => s != 0), 0, 15);
    }

    [Fact]
    public void All_columns_are_kept_if_none_is_informative() => Assert.All(Screen(500, (_, _) => 0).Scale, s => Assert.Equal(1, s));

    [Fact]
    public void All_columns_are_kept_if_all_are_a_little_informative() =>
        Assert.InRange(Screen(500, (row, _) => row % 3 == 0 ? 0.6 : 0).Scale.Count(s => s != 0), 450, 500);

    [Fact]
    public void Scale_and_offset_of_columns_do_not_matter()
    {
        double[] units = [1e-6, 1, 1e6];
        Func<int, int, double> means = (row, column) => column < 30 && row % 3 == column % 3 ? 1.5 : 0;

        float[] expected = Screen(600, means).Scale;
        float[] actual = Screen(600, means, (value, column) => units[column % 3] * (value + 10)).Scale;

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_constant_column_is_removed()
    {
        Standardization screened = Screen(600, (row, column) => column < 30 && row % 3 == column % 3 ? 1.5 : 0, (value, column) => column == 5 ? 7 : value);

        Assert.Equal(0, screened.Scale[5]);
        Assert.NotEqual(0, screened.Scale[6]);
    }

    [Fact]
    public void Columns_that_a_number_depends_on_are_kept()
    {
        using var scope = NewDisposeScope();
        const int Columns = 1000;
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (float)Tables.Gaussian(random))];
        float[] numbers = [.. Enumerable.Range(0, Rows).Select(r => 500 + 30 * values.AsSpan(r * Columns, 8).ToArray().Sum())];

        float[] scale = ColumnScreening.Apply(
            new(new float[Columns], [.. Enumerable.Repeat(1f, Columns)]), tensor(values).view(Rows, Columns), numbers, areClasses: false, seed: 1).Scale;

        Assert.All(scale[..8], s => Assert.NotEqual(0, s));
        Assert.InRange(scale[8..].Count(s => s != 0), 0, 5);
    }

    /// <summary>Screens normal columns with standard deviation 1 and the given means. The class of a row is its number mod 3.</summary>
    private static Standardization Screen(int columns, Func<int, int, double> mean, Func<double, int, double>? change = null)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        var values = new float[Rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            double value = Tables.Gaussian(random) + mean(i / columns, i % columns);
            values[i] = (float)(change?.Invoke(value, i % columns) ?? value);
        }
        return ColumnScreening.Apply(
            new(new float[columns], [.. Enumerable.Repeat(1f, columns)]), tensor(values).view(Rows, columns), [.. Enumerable.Range(0, Rows).Select(r => (float)(r % 3))], areClasses: true, seed: 1);
    }
}
