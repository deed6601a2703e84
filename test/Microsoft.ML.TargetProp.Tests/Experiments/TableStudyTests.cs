using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using Microsoft.ML.TargetProp.Samples.Experiments.Studies;
using Microsoft.ML.TargetProp.Tests.Packaging;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>The parts of the studies on tables: files, splits, measures, verdicts and ranks.</summary>
public class TableStudyTests
{
    [Fact]
    public void Columns_of_numbers_keep_their_gaps_and_columns_of_text_are_one_hot()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["t.csv"], "size,colour,code,label\n1.5,red,007,a\n?,,8,b\n-2,blue,?,a\n");

        CsvTable table = CsvTable.Read(folder["t.csv"]);

        Assert.Equal(("t", 3, 3), (table.Name, table.Columns, table.Gaps));
        Assert.Equal([[1.5f, 0, 1, 7], [float.NaN, 0, 0, 8], [-2, 1, 0, float.NaN]], table.Features);
        Assert.Equal(["a", "b", "a"], table.Labels);
    }

    [Theory]
    [InlineData("a,b,label\n1,2,x\n1,2\n", "t, line 3: found 2 cells, expected 3")]
    [InlineData("a,b,label\n", "t: found 1 lines")]
    public void A_file_that_is_no_table_is_named_with_what_is_wrong(string content, string message)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["t.csv"], content);

        Assert.Contains(message, Assert.Throws<SampleException>(() => CsvTable.Read(folder["t.csv"])).Message);
    }

    [Fact]
    public void Three_tenths_of_the_rows_of_each_class_are_held_out()
    {
        TableRows rows = new([.. Enumerable.Range(0, 111).Select(i => new float[] { i })], [.. Enumerable.Range(0, 111).Select(i => i < 100 ? "many" : i < 110 ? "few" : "one")]);

        TableSplit split = rows.Split(new Random(1));

        Assert.Equal([("few", 7), ("many", 70), ("one", 1)], split.Train.Labels.CountBy(l => l).Select(c => (c.Key, c.Value)).Order());
        Assert.Equal([("few", 3), ("many", 30)], split.Test.Labels.CountBy(l => l).Select(c => (c.Key, c.Value)).Order());
        Assert.Equal(rows.Features.Select(f => f[0]), split.Train.Features.Concat(split.Test.Features).Select(f => f[0]).Order());
        Assert.NotEqual(split.Test.Features, rows.Split(new Random(2)).Test.Features);
    }

    [Fact]
    public void Tables_that_are_not_there_are_named()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["tables"]);

        Assert.Contains("generated tables alone", SharedTables.Find(null, _ => null).MissingForClassification);
        Assert.Contains("TARGETPROP_DATA", SharedTables.Find(folder.Path).MissingForRegression);

        foreach (string name in SharedTables.ClassificationNames.Skip(1))
        {
            File.WriteAllText(Path.Combine(folder["tables"], name + ".csv"), "x,label\n1,0\n2,1\n");
        }

        Assert.StartsWith("These public tables are missing: spambase.", SharedTables.Find(folder.Path).MissingForClassification, StringComparison.Ordinal);
        Assert.Equal(SharedTables.ClassificationNames.Skip(1), SharedTables.Find(folder.Path).Classification.Select(t => t.Name));
        Assert.Equal(["phoneme-rare"], SharedTables.Find(folder.Path).Rare.Select(t => t.Name));
    }

    [Fact]
    public void Average_precision_is_the_area_under_the_steps()
    {
        // Found at ranks 1 and 3 of 4: 1/2 · 1 + 1/2 · 2/3.
        Assert.Equal((1 + (2 / 3.0)) / 2, AveragePrecision.Of([(true, 0.9f), (false, 0.8f), (true, 0.7f), (false, 0.1f)]), 12);
        Assert.Equal(0.25, AveragePrecision.Of([(true, 0.5f), (false, 0.5f), (false, 0.5f), (false, 0.5f)]), 12);
        Assert.Equal(double.NaN, AveragePrecision.Of([(false, 1f)]));
    }

    [Fact]
    public void The_average_precision_of_a_classifier_is_that_of_its_rarer_class()
    {
        (int, float[])[] rows = [(0, [0.9f, 0.1f]), (0, [0.2f, 0.8f]), (0, [0.6f, 0.4f]), (1, [0.3f, 0.7f])];
        IEnumerable<(int, float[])> swapped = rows.Select(r => (1 - r.Item1, new[] { r.Item2[1], r.Item2[0] }));

        Assert.Equal(0.5, ClassifierScore.Of(rows).AveragePrecision, 12);
        Assert.Equal(0.5, ClassifierScore.Of(swapped).AveragePrecision, 12);
        Assert.Equal(double.NaN, ClassifierScore.Of([(0, [0.2f, 0.3f, 0.5f])]).AveragePrecision);
    }

    [Theory]
    [InlineData(new[] { -1.0, -3 }, "below", "−2.0 ± 1.0")]
    [InlineData(new[] { 3.0, -2 }, "level", "+0.5 ± 2.5")]
    [InlineData(new[] { 1.0, 3 }, "above", "+2.0 ± 1.0")]
    [InlineData(new[] { 0.0 }, "level", "0.0")]
    [InlineData(new[] { 0.1 }, "above", "+0.1")]
    public void A_difference_is_held_up_to_half_a_standard_error_above_0(double[] differences, string verdict, string text)
    {
        PairedDifference difference = PairedDifference.Of(differences);

        Assert.Equal(verdict, difference.Verdict);
        Assert.Equal(verdict != "above", difference.IsHeld);
        Assert.Equal(text, difference.AsText(1, "0.0"));
    }

    [Fact]
    public void A_board_counts_verdicts_and_ranks_and_takes_the_best_linear_trainer_of_each_table()
    {
        ScoredFigure error = new("error", IsFraction: true);
        TrialResult[] results =
        [
            .. Results("one", ours: 0.10, rival: 0.20, linear: 0.15, other: 0.05),
            .. Results("two", ours: 0.30, rival: 0.20, linear: 0.30, other: 0.40),
        ];
        TableGroup group = new("all", ["one", "two"]);
        Scoreboard board = new(["ours", "rival", "linear", "other"], ["linear", "other"], [group], results);

        Assert.Equal((1, 1), (board.Held(group, "rival", "error"), board.Below(group, "rival", "error")));
        Assert.Equal((1, 0), (board.Held(group, Scoreboard.BestLinear, "error"), board.Below(group, Scoreboard.BestLinear, "error")));
        Assert.Equal(["one", "−10.00 ± 0.00", "below", "+5.00 ± 0.00", "above"], board.Differences(error).Rows[0]);
        Assert.Equal(["2.25", "2.50", "2.75", "2.50"], board.Ranks(error).Rows.Select(r => r[1]));
        Assert.Equal(["one", "1,234", "10.00 %, 2.0 s", "20.00 %, 2.0 s", "5.00 %, 2.0 s"], board.Summary([("one", 1_234)], error, "seconds").Rows[0]);
    }

    [Fact]
    public void The_short_table_goes_into_a_page_that_has_a_section_for_it()
    {
        using TemporaryFolder folder = new();
        Findings findings = new() { Title = "t", Text = "x", Tables = [], Summary = new MarkdownTable("table", "ours").Add("one", "4 %") };
        File.WriteAllText(folder["with.md"], "Text.\n\n<!-- begin tables -->\nold\n<!-- end tables -->\n");
        File.WriteAllText(folder["without.md"], "Text.\n");

        ReportWriter.WriteSummary(findings, new TablesStudy(), folder["with.md"]);
        ReportWriter.WriteSummary(findings, new TablesStudy(), folder["without.md"]);
        ReportWriter.WriteFolder(findings, folder["out"]);

        Assert.Contains("| one   |  4 % |\n<!-- end tables -->", File.ReadAllText(folder["with.md"]));
        Assert.Equal("Text.\n", File.ReadAllText(folder["without.md"]));
        Assert.Contains("4 %", File.ReadAllText(Path.Combine(folder["out"], "summary.md")));
    }

    [Fact]
    public void Results_with_missing_data_do_not_reach_a_document()
    {
        using TemporaryFolder folder = new();
        using StringWriter errors = new();

        int code = StudySession.Execute(
            new TablesStudy(), new StudyRequest { Seeds = 1, Data = folder.Path }, folder["out"], folder["page.md"], Spectre.Console.AnsiConsole.Console, errors, default);

        Assert.Equal(1, code);
        Assert.Contains("--write needs all data of this study. The public tables are missing", errors.ToString());
        Assert.False(File.Exists(folder["page.md"]));
    }

    [Fact]
    public void Ridge_regression_solves_the_normal_equations_with_its_penalty()
    {
        Random random = new(1);
        float[][] features = [.. Enumerable.Range(0, 40).Select(_ => new[] { 3 + (float)random.NextDouble(), 10 * (float)random.NextDouble(), 7f })];
        float[] labels = [.. features.Select(f => 2 * f[0] - f[1] + (float)random.NextDouble())];

        RidgeRegression model = RidgeRegression.Fit(features, labels);

        // Two columns of mean 0 and deviation 1 (the third is constant), solved by hand.
        double[][] z = [.. Enumerable.Range(0, 2).Select(c => Standardized([.. features.Select(f => (double)f[c])]))];
        double mean = labels.Average(l => (double)l), lambda = model.Penalty, between = Product(z[0], z[1]), diagonal = 40 + lambda;
        double[] right = [.. z.Select(column => Product(column, [.. labels.Select(l => l - mean)]))];
        double determinant = (diagonal * diagonal) - (between * between);
        double first = ((diagonal * right[0]) - (between * right[1])) / determinant, second = ((diagonal * right[1]) - (between * right[0])) / determinant;
        Assert.All(model.Predict(features).Select((p, i) => (p, mean + (first * z[0][i]) + (second * z[1][i]))), pair => Assert.Equal(pair.Item2, pair.p, 1e-4));
    }

    [Fact]
    public void The_penalty_of_ridge_regression_is_low_without_noise_and_high_without_a_signal()
    {
        Random random = new(2);
        float[][] features = [.. Enumerable.Range(0, 60).Select(_ => random.Gaussians(30).Select(v => (float)v).ToArray())];
        float[] signal = [.. features.Select(f => f.Sum())], noise = [.. features.Select(_ => (float)random.Gaussian())];

        RidgeRegression clear = RidgeRegression.Fit(features, signal), vague = RidgeRegression.Fit(features, noise);

        Assert.All(clear.Predict(features).Zip(signal), pair => Assert.Equal(pair.Second, pair.First, 0.01f));
        Assert.True(vague.Penalty > 60 && clear.Penalty < 0.01, $"{clear.Penalty} {vague.Penalty}");
        features[0][3] = float.NaN;
        Assert.True(float.IsFinite(RidgeRegression.Fit(features, signal).Predict(features)[0]));
    }

    [Fact]
    public void A_table_of_values_is_the_same_for_a_seed_and_holds_out_three_tenths_of_a_file()
    {
        foreach (ValueTable table in ValueTables.All.Where(t => t.Name != "value-wide"))
        {
            ValueSplit first = table.Draw(new Random(1)), again = table.Draw(new Random(1)), other = table.Draw(new Random(2));

            Assert.Equal(first.Train.Features, again.Train.Features);
            Assert.Equal(first.Test.Labels, again.Test.Labels);
            Assert.NotEqual(first.Train.Labels, other.Train.Labels);
            Assert.All(first.Train.Labels.Concat(first.Train.Features.SelectMany(f => f)), v => Assert.True(float.IsFinite(v), table.Name));
        }

        ValueSplit split = new ValueRows([.. Enumerable.Range(0, 50).Select(i => new float[] { i })], [.. Enumerable.Range(0, 50).Select(i => (float)i)]).Split(new Random(1));

        Assert.Equal((35, 15), (split.Train.Labels.Count, split.Test.Labels.Count));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (float)i), split.Train.Labels.Concat(split.Test.Labels).Order());
        Assert.All(split.Train.Features.Zip(split.Train.Labels), row => Assert.Equal(row.Second, row.First[0]));
    }

    private static double[] Standardized(double[] column)
    {
        double mean = column.Average(), deviation = Math.Sqrt(column.Average(v => (v - mean) * (v - mean)));
        return [.. column.Select(v => (v - mean) / deviation)];
    }

    private static double Product(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static IEnumerable<TrialResult> Results(string table, double ours, double rival, double linear, double other) =>
        from trainer in new[] { ("ours", ours), ("rival", rival), ("linear", linear), ("other", other) }
        from seed in new[] { 1, 2 }
        select new TrialResult
        {
            Configuration = Scoreboard.Configuration(table, trainer.Item1),
            Seed = seed,
            Options = new Dictionary<string, string>(),
            Figures = new Dictionary<string, double> { ["error"] = trainer.Item2, ["seconds"] = 2 },
            Series = new Dictionary<string, IReadOnlyList<double>>(),
            Seconds = 1,
            Finished = default,
        };
}
