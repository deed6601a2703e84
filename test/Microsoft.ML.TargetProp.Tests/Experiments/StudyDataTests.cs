using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Tests.Packaging;
using Microsoft.ML.TargetProp.Tests.Samples;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>The data of the studies: held-out rows, and tables made by code.</summary>
public class StudyDataTests
{
    /// <summary>Counts as published with the tables.</summary>
    [Fact]
    public void Tables_that_are_listed_in_full_have_the_known_cases()
    {
        Assert.Equal([("balanced", 49), ("left", 288), ("right", 288)], Counts(RuleTables.BalanceCases()));
        Assert.Equal([("not won", 332), ("won", 626)], Counts(RuleTables.TicTacToeCases()));
        Assert.Equal([("other", 290), ("two", 142)], Counts(RuleTables.MonkCases()));
        Assert.All(RuleTables.TicTacToeCases(), c => Assert.Equal(27, c.Features.Length));
        Assert.All(RuleTables.MonkCases(), c => Assert.Equal(17, c.Features.Length));
    }

    [Fact]
    public void A_seed_always_draws_the_same_rows_and_another_seed_others()
    {
        foreach (Table table in Table.All.Where(t => t.Name is not ("wide" or "drawn-digits")))
        {
            TableSplit first = table.Draw(new Random(1));
            TableSplit again = table.Draw(new Random(1));
            TableSplit other = table.Draw(new Random(2));

            Assert.Equal(first.Train.Features, again.Train.Features);
            Assert.Equal(first.Test.Labels, again.Test.Labels);
            Assert.False(first.Train.Features.Zip(other.Train.Features).All(pair => pair.First.SequenceEqual(pair.Second)), table.Name);
        }
    }

    [Theory]
    [InlineData("small", 150, 4, 3)]
    [InlineData("wide", 500, 2_000, 2)]
    [InlineData("unscaled", 2_000, 10, 3)]
    [InlineData("imbalanced", 2_550, 8, 2)]
    [InlineData("many-classes", 5_000, 20, 100)]
    [InlineData("noisy-labels", 2_000, 10, 3)]
    [InlineData("drawn-digits", 3_000, 784, 10)]
    public void Tables_are_as_described(string name, int rows, int columns, int classes)
    {
        TableSplit split = Table.All.Single(t => t.Name == name).Draw(new Random(1));

        Assert.Equal((rows, columns, classes), (split.Train.Labels.Count, split.Train.Columns, split.Train.Classes));
        Assert.Subset(split.Train.Labels.ToHashSet(), split.Test.Labels.ToHashSet());
        Assert.All(split.Train.Features, row => Assert.All(row, v => Assert.True(float.IsFinite(v))));
    }

    [Fact]
    public void The_imbalanced_table_has_one_row_in_51_of_the_rare_class() =>
        Assert.Equal(50, GaussianTables.Imbalanced.Draw(new Random(1)).Train.Labels.Count(l => l == "c1"));

    [Fact]
    public void The_columns_of_the_unscaled_table_are_far_apart()
    {
        TableRows rows = GaussianTables.Unscaled.Draw(new Random(1)).Train;
        double[] ranges = [.. Enumerable.Range(0, rows.Columns).Select(c => (double)rows.Features.Max(r => r[c]) - rows.Features.Min(r => r[c]))];

        Assert.True(ranges[0] < 0.01 && ranges[^1] > 1e6, string.Join(' ', ranges));
    }

    [Fact]
    public void A_table_becomes_a_data_view_of_the_right_width()
    {
        MLContext mlContext = new();
        IDataView view = new TableRows([[1, 2], [3, 4]], ["a", "b"]).ToDataView(mlContext);

        Assert.Equal([[1f, 2f], [3f, 4f]], view.GetColumn<float[]>("Features"));
        Assert.Equal(["a", "b"], view.GetColumn<string>("Label"));
    }

    [Fact]
    public void Validation_holds_out_the_last_sixth_of_the_training_rows_and_leaves_the_test_set_alone()
    {
        using TemporaryFolder folder = new();
        DigitData digits = DrawnDigits.Create(120, 30);
        MnistFiles.WriteAll(folder["data"], digits);

        StudyDigits full = StudyDigits.Load(folder["data"], validate: false, quick: false);
        StudyDigits validated = StudyDigits.Load(folder["data"], validate: true, quick: false);

        Assert.Equal((120, 30), (full.Train.Count, full.Test.Count));
        Assert.Equal((100, 20), (validated.Train.Count, validated.Test.Count));
        Assert.True(validated.Test.Image(0).Span.SequenceEqual(digits.Train.Image(100).Span));
        Assert.NotEqual(full.Identity, validated.Identity);
        Assert.DoesNotContain(folder["data"], full.Identity);
        Assert.Equal("digits in MNIST's files", full.Name);
    }

    private static (string Label, int Count)[] Counts(IEnumerable<(double[] Features, string Label)> cases) =>
        [.. cases.CountBy(c => c.Label).Select(c => (c.Key, c.Value)).OrderBy(c => c.Key, StringComparer.Ordinal)];
}
