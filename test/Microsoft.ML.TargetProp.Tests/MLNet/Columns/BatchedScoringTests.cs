using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// Rows are scored in batches that are read ahead. A reader does not notice: order, ids, batches and the other columns are those of the source,
/// and only the columns that are asked for are read and computed.
/// </summary>
public sealed class BatchedScoringTests(ThousandFlowers thousand) : ThousandFlowersTests(thousand)
{
    [Fact]
    public void Rows_come_in_the_order_of_the_source_with_its_positions_ids_and_columns()
    {
        string[] passed = ["Name", "Label", "Kind", "SepalLength", "Features", "Weight"];

        Assert.Equal(ViewText.Rows(Table, passed), ViewText.Rows(Without(Model.Transform(Table), "Score", "PredictedLabel"), passed));
        // The same with the scores active, so that the rows go through the read-ahead.
        List<string> scored = ViewText.Rows(Model.Transform(Table), [.. passed, "Score"]);
        Assert.Equal(ViewText.Rows(Table, passed), scored.Select(row => row[..row.LastIndexOf(" Score=", StringComparison.Ordinal)]));
    }

    [Fact]
    public void Batch_numbers_are_those_of_the_source()
    {
        IDataView cached = Context.Data.Cache(Table);
        List<string> expected = Batches(cached.GetRowCursorSet(cached.Schema, 3));
        IDataView scored = Model.Transform(cached);

        Assert.Equal(expected.Order(StringComparer.Ordinal), Batches(scored.GetRowCursorSet(scored.Schema, 3)).Order(StringComparer.Ordinal));

        static List<string> Batches(DataViewRowCursor[] cursors)
        {
            var lines = new List<string>();
            foreach (DataViewRowCursor cursor in cursors)
            {
                Func<string> name = ViewText.Cell(cursor, cursor.Schema["Name"]);
                long last = -1;
                while (cursor.MoveNext())
                {
                    Assert.True(cursor.Batch >= last);
                    last = cursor.Batch;
                    lines.Add($"{name()} {cursor.Batch}");
                }
                cursor.Dispose();
            }
            return lines;
        }
    }

    [Fact]
    public void Shuffling_before_or_after_gives_every_row_its_own_score()
    {
        // Rows that are streamed cannot be shuffled at their source; cached ones can.
        IDataView cached = Context.Data.Cache(Table);
        IDataView before = Model.Transform(Context.Data.ShuffleRows(Table, seed: 3)), beforeCached = Model.Transform(Context.Data.ShuffleRows(cached, seed: 3));
        IDataView after = Context.Data.ShuffleRows(Model.Transform(Table), seed: 3), afterCached = Context.Data.ShuffleRows(Model.Transform(cached), seed: 3);
        IDataView own = new ShuffledView(Model.Transform(cached));

        foreach (IDataView view in new[] { before, beforeCached, after, afterCached, own })
        {
            FlowerPrediction[] rows = Read(view);
            Assert.Equal(1000, rows.Length);
            Assert.NotEqual(Thousand.Predictions.Keys, rows.Select(r => r.Name));
            Assert.All(rows, SameAsAlone);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 32)]
    [InlineData(0, 33)]
    [InlineData(31, 2)]
    [InlineData(160, 1)]
    [InlineData(671, 3)]
    [InlineData(999, 1)]
    [InlineData(0, 5000)]
    public void Skipping_and_taking_before_and_after_gives_the_same_rows(int skip, int take)
    {
        IDataView before = Model.Transform(Part(Table)), after = Part(Model.Transform(Table));

        foreach (IDataView view in new[] { before, after })
        {
            FlowerPrediction[] rows = Read(view);
            Assert.Equal(Thousand.Predictions.Keys.Skip(skip).Take(take), rows.Select(r => r.Name));
            Assert.All(rows, SameAsAlone);
        }

        IDataView Part(IDataView view) => Context.Data.TakeRows(skip == 0 ? view : Context.Data.SkipRows(view, skip), take);
    }

    [Fact]
    public void No_rows_at_all_are_scored_without_a_word()
    {
        IDataView none = Context.Data.FilterRowsByColumn(Table, "Weight", lowerBound: 2);
        Assert.Empty(Read(Model.Transform(none)));
        Assert.Equal(ViewText.Schema(Model.Transform(Table).Schema), ViewText.Schema(Model.Transform(none).Schema));
    }

    [Fact]
    public void Only_what_is_asked_for_is_read()
    {
        var source = new CountingView(Table);
        IDataView scored = Model.Transform(source);

        Assert.Equal(["Features"], ColumnsFor("Score"));
        Assert.Equal(["Features"], ColumnsFor("PredictedLabel"));
        Assert.Equal(["Features", "Name"], ColumnsFor("Score", "Name"));
        Assert.Equal(["Name"], ColumnsFor("Name"));
        Assert.Empty(ColumnsFor());

        string[] ColumnsFor(params string[] wanted)
        {
            using DataViewRowCursor cursor = Cursor(scored, wanted);
            Assert.Equal(wanted.Order(StringComparer.Ordinal), scored.Schema.Where(cursor.IsColumnActive).Select(c => c.Name).Order(StringComparer.Ordinal));
            while (cursor.MoveNext())
            {
            }
            return source.LastColumns;
        }
    }

    [Theory]
    [InlineData("Score")]
    [InlineData("PredictedLabel")]
    public void One_of_the_two_columns_alone_is_what_it_is_beside_the_other(string column)
    {
        IDataView scored = Model.Transform(Table);
        List<string> both = ViewText.Rows(Without(scored, column == "Score" ? "PredictedLabel" : "Score"), column);

        Assert.Equal(both, ViewText.Rows(scored, column));
        Assert.Equal(1000, both.Count);
    }

    [Fact]
    public void A_column_that_was_not_asked_for_and_a_wrong_type_are_errors()
    {
        IDataView scored = Model.Transform(Table);
        using DataViewRowCursor cursor = Cursor(scored, "Score");

        var inactive = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["Name"]));
        var wrong = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(scored.Schema["Score"]));

        Assert.Contains("'Name'", inactive.Message, StringComparison.Ordinal);
        Assert.Contains("'Score'", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void When_missing_values_are_errors_a_row_with_NaN_gets_NaN_scores_and_the_missing_key_and_its_neighbours_do_not()
    {
        Flower[] rows = Tables.Flowers(100);
        rows[40] = rows[40].With(float.NaN);
        TargetPropMulticlassTransformer strict = Context.MulticlassClassification.Trainers.TargetPropClassifier(
            Models.Small().With(o => o.MissingValues = TargetPropMissingValues.Error)).Fit(Models.FlowersWithKeys(Context));

        IDataView scored = strict.Transform(Context.Data.LoadFromEnumerable(rows));

        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        uint[] keys = [.. scored.GetColumn<uint>("PredictedLabel")];
        Assert.All(scores[40], s => Assert.True(float.IsNaN(s)));
        Assert.Equal(0u, keys[40]);
        Assert.DoesNotContain(scores.Where((_, i) => i != 40).SelectMany(s => s), float.IsNaN);
        Assert.DoesNotContain(0u, keys.Where((_, i) => i != 40));
        IDataView text = Context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored);
        Assert.Equal("", text.GetColumn<string>("PredictedLabel").ElementAt(40) ?? "");
    }

    [Fact]
    public void Extreme_but_finite_features_give_finite_scores()
    {
        Flower[] rows = [.. new[] { float.MaxValue, float.MinValue, float.Epsilon, 0f, 1e30f }.Select(Tables.Flowers(1)[0].With)];

        foreach (float[] score in Model.Transform(Context.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Score"))
            Assert.Equal(1, score.Sum(), 4);
    }

    [Fact]
    public void A_row_of_the_wrong_length_is_refused_with_both_lengths()
    {
        Flower[] rows = Tables.Flowers(50);
        rows[30].Features = [1, 2, 3];

        Exception? error = Record.Exception(() => Read(Model.Transform(Context.Data.LoadFromEnumerable(rows))));

        while (error?.InnerException is { } inner)
            error = inner;
        Assert.IsType<InvalidOperationException>(error);
        Assert.Contains("'Features'", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 features", error.Message, StringComparison.Ordinal);
        Assert.Contains("has 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_and_vector_columns_pass_through_intact_whatever_their_size()
    {
        IDataView words = Context.Data.LoadFromEnumerable(Tables.Flowers(700).Select((f, i) => new Wordy
        {
            Features = f.Features,
            Words = string.Join(' ', Enumerable.Repeat($"w{i}", i % 7)),
            Sparse = new VBuffer<double>(1000, 1, [i], [i]),
            Time = new DateTime(2020, 1, 1).AddDays(i),
        }));
        IDataView table = Context.Transforms.Text.TokenizeIntoWords("Tokens", "Words").Fit(words).Transform(words);

        List<string> before = Cells(table), after = Cells(Model.Transform(table));

        Assert.Equal(700, before.Count);
        Assert.Equal(before, after);

        static List<string> Cells(IDataView view)
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTokens = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(view.Schema["Tokens"]);
            ValueGetter<VBuffer<double>> getSparse = cursor.GetGetter<VBuffer<double>>(view.Schema["Sparse"]);
            ValueGetter<DateTime> getTime = cursor.GetGetter<DateTime>(view.Schema["Time"]);
            // The same buffers for all rows, as a careful reader has them.
            VBuffer<ReadOnlyMemory<char>> tokens = default;
            VBuffer<double> sparse = default;
            DateTime time = default;
            var lines = new List<string>();
            while (cursor.MoveNext())
            {
                getTokens(ref tokens);
                getSparse(ref sparse);
                getTime(ref time);
                lines.Add($"{string.Join('|', tokens.DenseValues())} {sparse.Length} {sparse.GetIndices()[0]} {sparse.GetValues()[0]} {time:O}");
            }
            return lines;
        }
    }

    [Fact]
    public void Scored_rows_can_be_written_and_read_back()
    {
        IDataView scored = Model.Transform(Table);
        using var folder = new Packaging.TemporaryFolder();
        string path = folder["scored.idv"];

        using (FileStream stream = File.Create(path))
            Context.Data.SaveAsBinary(scored, stream);

        string[] columns = ["Name", "Features", "PredictedLabel", "Score"];
        Assert.Equal(ViewText.Rows(scored, columns), ViewText.Rows(Context.Data.LoadFromBinary(path), columns));
    }

    private sealed class Wordy
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public string Words { get; set; } = "";

        [VectorType(1000)]
        public VBuffer<double> Sparse { get; set; }

        public DateTime Time { get; set; }
    }
}
