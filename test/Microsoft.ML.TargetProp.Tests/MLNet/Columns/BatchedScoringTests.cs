using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// Tests scoring in batches that are read ahead. Readers of the rows cannot notice it: order, ids, batch numbers and the other columns are
/// those of the source, and only requested columns are read and computed.
/// </summary>
public sealed class BatchedScoringTests(BatchedScoringTests.Thousand thousand) : IClassFixture<BatchedScoringTests.Thousand>
{
    private readonly MLContext _ml = thousand.Context;
    private readonly IDataView _table = thousand.Table;
    private readonly ITransformer _model = thousand.Model;

    [Fact]
    public void Rows_have_the_order_positions_ids_and_columns_of_the_source()
    {
        string[] passed = ["Name", "Label", "Kind", "SepalLength", "Features", "Weight"];

        Assert.Equal(ViewText.Rows(_table, passed), ViewText.Rows(Without(_model.Transform(_table), "Score", "PredictedLabel"), passed));
        // With the scores active, the rows are read ahead.
        List<string> scored = ViewText.Rows(_model.Transform(_table), [.. passed, "Score"]);
        Assert.Equal(ViewText.Rows(_table, passed), scored.Select(row => row[..row.LastIndexOf(" Score=", StringComparison.Ordinal)]));
    }

    [Fact]
    public void Batch_numbers_are_those_of_the_source()
    {
        IDataView cached = _ml.Data.Cache(_table);
        List<string> expected = Batches(cached.GetRowCursorSet(cached.Schema, 3));
        IDataView scored = _model.Transform(cached);

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
    public void After_shuffling_before_or_after_scoring_every_row_has_its_score()
    {
        // A cached view can be shuffled at its source, a streamed view cannot.
        IDataView cached = _ml.Data.Cache(_table);
        IDataView before = _model.Transform(_ml.Data.ShuffleRows(_table, seed: 3)), beforeCached = _model.Transform(_ml.Data.ShuffleRows(cached, seed: 3));
        IDataView after = _ml.Data.ShuffleRows(_model.Transform(_table), seed: 3), afterCached = _ml.Data.ShuffleRows(_model.Transform(cached), seed: 3);
        IDataView own = new ShuffledView(_model.Transform(cached));

        foreach (IDataView view in new[] { before, beforeCached, after, afterCached, own })
        {
            FlowerPrediction[] rows = Read(view);
            Assert.Equal(1000, rows.Length);
            Assert.NotEqual(thousand.Predictions.Keys, rows.Select(r => r.Name));
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
    public void Skipping_and_taking_rows_before_or_after_scoring_gives_the_same_result(int skip, int take)
    {
        IDataView before = _model.Transform(Part(_table)), after = Part(_model.Transform(_table));

        foreach (IDataView view in new[] { before, after })
        {
            FlowerPrediction[] rows = Read(view);
            Assert.Equal(thousand.Predictions.Keys.Skip(skip).Take(take), rows.Select(r => r.Name));
            Assert.All(rows, SameAsAlone);
        }

        IDataView Part(IDataView view) => _ml.Data.TakeRows(skip == 0 ? view : _ml.Data.SkipRows(view, skip), take);
    }

    [Fact]
    public void An_empty_view_is_scored_without_an_error()
    {
        IDataView none = _ml.Data.FilterRowsByColumn(_table, "Weight", lowerBound: 2);
        Assert.Empty(Read(_model.Transform(none)));
        Assert.Equal(ViewText.Schema(_model.Transform(_table).Schema), ViewText.Schema(_model.Transform(none).Schema));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(20)]
    public void A_set_of_cursors_returns_every_row_once_also_when_read_in_turns(int count)
    {
        IDataView scored = _model.Transform(_ml.Data.Cache(_table));
        DataViewRowCursor[] cursors = scored.GetRowCursorSet(scored.Schema, count);
        Assert.Equal(count > 1, cursors.Length > 1);
        var open = cursors.Select(c => (Cursor: c, Name: ViewText.Cell(c, c.Schema["Name"]), Score: c.GetGetter<VBuffer<float>>(c.Schema["Score"]), Id: c.GetIdGetter())).ToList();
        var seen = new HashSet<string>();
        var ids = new HashSet<DataViewRowId>();
        VBuffer<float> score = default;
        DataViewRowId id = default;

        while (open.Count > 0)
        {
            open.RemoveAll(c => !c.Cursor.MoveNext());
            foreach (var (_, name, getScore, getId) in open)
            {
                getScore(ref score);
                getId(ref id);
                Close(thousand.Predictions[name()].Score, score.DenseValues().ToArray());
                Assert.True(seen.Add(name()) && ids.Add(id));
            }
        }

        Assert.Equal(1000, seen.Count);
        Assert.All(cursors, c => c.Dispose());
    }

    [Fact]
    public void Each_cursor_can_be_read_on_its_own_thread()
    {
        IDataView scored = _model.Transform(_ml.Data.Cache(_table));
        DataViewRowCursor[] cursors = scored.GetRowCursorSet(scored.Schema, 4);
        var rows = new List<(string Name, float[] Score)>[cursors.Length];

        Thread[] threads = [.. cursors.Select((cursor, i) => new Thread(() =>
        {
            rows[i] = [];
            Func<string> name = ViewText.Cell(cursor, cursor.Schema["Name"]);
            ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
            VBuffer<float> score = default;
            while (cursor.MoveNext())
            {
                getScore(ref score);
                rows[i].Add((name(), score.DenseValues().ToArray()));
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.Equal(1000, rows.Sum(r => r.Count));
        foreach ((string name, float[] score) in rows.SelectMany(r => r))
            Close(thousand.Predictions[name].Score, score);
    }

    [Fact]
    public void Reading_one_row_reads_few_rows_of_the_source()
    {
        var source = new CountingView(_table);
        IDataView scored = _model.Transform(source);
        Assert.Equal(0, source.CursorsOpened);

        FlowerPrediction[] first = Read(_ml.Data.TakeRows(scored, 1));

        SameAsAlone(Assert.Single(first));
        Assert.InRange(source.Rows, 1, 32);
        Assert.Equal(source.CursorsOpened, source.CursorsClosed);
    }

    [Fact]
    public void At_most_a_few_hundred_rows_are_read_ahead()
    {
        var source = new CountingView(_table);
        using DataViewRowCursor cursor = Cursor(_model.Transform(source), "Score");
        int most = 0;
        for (int read = 1; cursor.MoveNext(); read++)
            most = Math.Max(most, source.Rows - read);

        Assert.Equal(1000, source.Rows);
        Assert.InRange(most, 100, 511);
    }

    [Fact]
    public void Only_requested_columns_are_read()
    {
        var source = new CountingView(_table);
        IDataView scored = _model.Transform(source);

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
    public void A_column_is_the_same_alone_and_together_with_the_other(string column)
    {
        IDataView scored = _model.Transform(_table);
        List<string> both = ViewText.Rows(Without(scored, column == "Score" ? "PredictedLabel" : "Score"), column);

        Assert.Equal(both, ViewText.Rows(scored, column));
        Assert.Equal(1000, both.Count);
    }

    [Fact]
    public void Reading_an_inactive_column_or_a_wrong_type_is_an_error()
    {
        IDataView scored = _model.Transform(_table);
        using DataViewRowCursor cursor = Cursor(scored, "Score");

        var inactive = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["Name"]));
        var wrong = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(scored.Schema["Score"]));

        Assert.Contains("'Name'", inactive.Message, StringComparison.Ordinal);
        Assert.Contains("'Score'", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_a_value_before_the_first_or_after_the_last_row_is_an_error()
    {
        IDataView scored = _model.Transform(_ml.Data.TakeRows(_table, 2));
        using DataViewRowCursor cursor = Cursor(scored, "Score");
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> score = default;

        Assert.Equal(-1, cursor.Position);
        Assert.Throws<InvalidOperationException>(() => getScore(ref score));
        Assert.True(cursor.MoveNext() && cursor.MoveNext());
        Assert.Equal(1, cursor.Position);
        getScore(ref score);
        Assert.Equal(3, score.Length);
        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => getScore(ref score));
    }

    [Fact]
    public void A_cursor_disposed_early_disposes_the_source_cursor_and_frees_native_memory()
    {
        var source = new CountingView(_table);
        IDataView scored = _model.Transform(source);
        Read(_ml.Data.TakeRows(scored, 1));

        LiveTensors.AssertGivenBack(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                using DataViewRowCursor cursor = Cursor(scored, "Score", "Name");
                for (int row = 0; row < 40; row++)
                    Assert.True(cursor.MoveNext());
            }
        });

        Assert.Equal(source.CursorsOpened, source.CursorsClosed);
        SameAsAlone(Read(scored)[999]);
    }

    [Fact]
    public void Open_cursors_still_work_after_the_model_is_disposed()
    {
        // By default, a prediction engine disposes its model, also while cursors of the model are open.
        var model = (TargetPropMulticlassTransformer)Models.Load(_ml, Models.Zip(_ml, _model, _table.Schema));
        IDataView scored = model.Transform(_table);
        using DataViewRowCursor cursor = Cursor(scored, "Score", "Name");
        Assert.True(cursor.MoveNext());

        model.Model.Dispose();
        model.Dispose();

        Func<string> name = ViewText.Cell(cursor, scored.Schema["Name"]);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> score = default;
        int rows = 0;
        do
        {
            getScore(ref score);
            Close(thousand.Predictions[name()].Score, score.DenseValues().ToArray());
            rows++;
        }
        while (cursor.MoveNext());
        Assert.Equal(1000, rows);
        SameAsAlone(Read(model.Transform(_table))[500]);
    }

    [Fact]
    public void An_error_while_reading_a_batch_is_thrown_and_all_cursors_are_disposed()
    {
        var source = new CountingView(_ml.Data.LoadFromEnumerable(Failing()));
        IDataView scored = _model.Transform(source);

        Assert.Throws<TimeoutException>(() => Read(scored));

        Assert.Equal(source.CursorsOpened, source.CursorsClosed);

        static IEnumerable<Flower> Failing()
        {
            foreach (Flower row in Tables.Flowers(50))
                yield return row;
            throw new TimeoutException();
        }
    }

    [Fact]
    public void Only_a_row_with_NaN_has_NaN_scores_and_a_missing_key()
    {
        Flower[] rows = Tables.Flowers(100);
        rows[40] = rows[40].With(float.NaN);

        IDataView scored = _model.Transform(_ml.Data.LoadFromEnumerable(rows));

        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        uint[] keys = [.. scored.GetColumn<uint>("PredictedLabel")];
        Assert.All(scores[40], s => Assert.True(float.IsNaN(s)));
        Assert.Equal(0u, keys[40]);
        Assert.DoesNotContain(scores.Where((_, i) => i != 40).SelectMany(s => s), float.IsNaN);
        Assert.DoesNotContain(0u, keys.Where((_, i) => i != 40));
        IDataView text = _ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored);
        Assert.Equal("", text.GetColumn<string>("PredictedLabel").ElementAt(40) ?? "");
    }

    [Fact]
    public void Extreme_but_finite_features_give_finite_scores()
    {
        Flower[] rows = [.. new[] { float.MaxValue, float.MinValue, float.Epsilon, 0f, 1e30f }.Select(Tables.Flowers(1)[0].With)];

        foreach (float[] score in _model.Transform(_ml.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Score"))
            Assert.Equal(1, score.Sum(), 4);
    }

    [Fact]
    public void The_message_for_a_row_of_wrong_length_has_both_lengths()
    {
        Flower[] rows = Tables.Flowers(50);
        rows[30].Features = [1, 2, 3];

        Exception? error = Record.Exception(() => Read(_model.Transform(_ml.Data.LoadFromEnumerable(rows))));

        while (error?.InnerException is { } inner)
            error = inner;
        Assert.IsType<InvalidOperationException>(error);
        Assert.Contains("'Features'", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 features", error.Message, StringComparison.Ordinal);
        Assert.Contains("has 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_and_vector_columns_of_any_size_pass_through_unchanged()
    {
        IDataView words = _ml.Data.LoadFromEnumerable(Tables.Flowers(700).Select((f, i) => new Wordy
        {
            Features = f.Features,
            Words = string.Join(' ', Enumerable.Repeat($"w{i}", i % 7)),
            Sparse = new VBuffer<double>(1000, 1, [i], [i]),
            Time = new DateTime(2020, 1, 1).AddDays(i),
        }));
        IDataView table = _ml.Transforms.Text.TokenizeIntoWords("Tokens", "Words").Fit(words).Transform(words);

        List<string> before = Cells(table), after = Cells(_model.Transform(table));

        Assert.Equal(700, before.Count);
        Assert.Equal(before, after);

        static List<string> Cells(IDataView view)
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTokens = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(view.Schema["Tokens"]);
            ValueGetter<VBuffer<double>> getSparse = cursor.GetGetter<VBuffer<double>>(view.Schema["Sparse"]);
            ValueGetter<DateTime> getTime = cursor.GetGetter<DateTime>(view.Schema["Time"]);
            // The buffers are reused for all rows, as efficient readers do.
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
    public void Later_rows_do_not_overwrite_values_that_a_reader_keeps()
    {
        IDataView scored = _model.Transform(_table);
        using DataViewRowCursor cursor = Cursor(scored, "Score", "Features");
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]), getFeatures = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        VBuffer<float> firstScore = default, firstFeatures = default, other = default;
        Assert.True(cursor.MoveNext());
        getScore(ref firstScore);
        getFeatures(ref firstFeatures);
        float[] score = [.. firstScore.DenseValues()], features = [.. firstFeatures.DenseValues()];

        while (cursor.MoveNext())
        {
            getScore(ref other);
            getFeatures(ref other);
        }

        Assert.Equal(score, firstScore.DenseValues());
        Assert.Equal(features, firstFeatures.DenseValues());
    }

    [Fact]
    public void Scoring_a_million_rows_leaks_no_memory()
    {
        const int Rows = 1_000_000;
        var features = new float[4];
        IDataView table = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i =>
        {
            features[0] = 5 + i % 7 * 0.1f;
            features[2] = i % 6;
            return new Wordless { Features = features };
        }));
        using DataViewRowCursor cursor = Cursor(_model.Transform(table), "Score");
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
        VBuffer<float> score = default;
        (long Tensors, long Managed, long Process) early = default, late = default;
        double sum = 0;

        for (int row = 0; cursor.MoveNext(); row++)
        {
            getScore(ref score);
            sum += score.GetItemOrDefault(0);
            if (row == Rows / 10)
                early = Measure();
            if (row == Rows - 1000)
                late = Measure();
        }

        Assert.InRange(sum, 1, Rows);
        Assert.Equal(early.Tensors, late.Tensors);
        Assert.InRange(late.Managed - early.Managed, long.MinValue, 2 << 20);
        Assert.InRange(late.Process - early.Process, long.MinValue, 64 << 20);

        static (long, long, long) Measure()
        {
            long managed = GC.GetTotalMemory(forceFullCollection: true);
            return (torch.Tensor.TotalCount, managed, Environment.WorkingSet);
        }
    }

    [Fact]
    public async Task Several_threads_can_score_with_one_model()
    {
        string batch = string.Join('\n', ViewText.Rows(_model.Transform(_table), "Score", "PredictedLabel"));
        Flower[] rows = Tables.Flowers(1000);

        Task<string>[] transforms = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            string all = "";
            for (int i = 0; i < 5; i++)
                all = string.Join('\n', ViewText.Rows(_model.Transform(_table), "Score", "PredictedLabel"));
            return all;
        }))];
        Task<bool>[] engines = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var engine = _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(_model, new PredictionEngineOptions { OwnsTransformer = false });
            bool same = true;
            for (int i = 0; i < 3; i++)
                same &= rows.All(r => engine.Predict(r).Score.SequenceEqual(thousand.Predictions[r.Name].Score));
            return same;
        }))];

        Assert.All(await Task.WhenAll(transforms), text => Assert.Equal(batch, text));
        Assert.All(await Task.WhenAll(engines), Assert.True);
    }

    [Fact]
    public void Scored_rows_can_be_saved_and_loaded()
    {
        IDataView scored = _model.Transform(_table);
        using var folder = new Packaging.TemporaryFolder();
        string path = folder["scored.idv"];

        using (FileStream stream = File.Create(path))
            _ml.Data.SaveAsBinary(scored, stream);

        string[] columns = ["Name", "Features", "PredictedLabel", "Score"];
        Assert.Equal(ViewText.Rows(scored, columns), ViewText.Rows(_ml.Data.LoadFromBinary(path), columns));
    }

    private void SameAsAlone(FlowerPrediction row) => Close(thousand.Predictions[row.Name].Score, row.Score);

    private static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-5f);
    }

    /// <summary>Reads names and scores. The predicted label is a key and is not read as text.</summary>
    private FlowerPrediction[] Read(IDataView scored) =>
        [.. _ml.Data.CreateEnumerable<FlowerPrediction>(Without(scored, "PredictedLabel"), reuseRowObject: false, ignoreMissingColumns: true)];

    private IDataView Without(IDataView view, params string[] columns) => _ml.Transforms.DropColumns(columns).Fit(view).Transform(view);

    private static DataViewRowCursor Cursor(IDataView view, params string[] columns) => view.GetRowCursor(columns.Select(c => view.Schema[c]));

    /// <summary>1,000 flowers, a classifier, and its prediction for each flower alone.</summary>
    public sealed class Thousand
    {
        public Thousand()
        {
            Table = Models.FlowersWithKeys(Context, 1000);
            Model = Context.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3)).Fit(Table);
            using var engine = Context.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(Model, new PredictionEngineOptions { OwnsTransformer = false });
            Predictions = Tables.Flowers(1000).ToDictionary(f => f.Name, engine.Predict);
        }

        public MLContext Context { get; } = new(seed: 1);

        public IDataView Table { get; }

        public ITransformer Model { get; }

        internal Dictionary<string, FlowerKeyPrediction> Predictions { get; }
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

    private sealed class Wordless
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
