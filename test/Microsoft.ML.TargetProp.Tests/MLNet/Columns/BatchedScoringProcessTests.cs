using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// The cursors behind batched scoring: how far they read ahead, and what they do with threads, errors, memory and disposed models.
/// </summary>
public sealed class BatchedScoringProcessTests(ThousandFlowers thousand) : ThousandFlowersTests(thousand)
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(20)]
    public void A_set_of_cursors_hands_out_every_row_once_also_when_read_in_turns(int count)
    {
        IDataView scored = Model.Transform(Context.Data.Cache(Table));
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
                Close(Thousand.Predictions[name()].Score, score.DenseValues().ToArray());
                Assert.True(seen.Add(name()) && ids.Add(id));
            }
        }

        Assert.Equal(1000, seen.Count);
        Assert.All(cursors, c => c.Dispose());
    }

    [Fact]
    public void Cursors_may_be_read_by_threads_of_their_own()
    {
        IDataView scored = Model.Transform(Context.Data.Cache(Table));
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
            Close(Thousand.Predictions[name].Score, score);
    }

    [Fact]
    public void A_single_row_pulls_few_rows_from_the_source()
    {
        var source = new CountingView(Table);
        IDataView scored = Model.Transform(source);
        Assert.Equal(0, source.CursorsOpened);

        FlowerPrediction[] first = Read(Context.Data.TakeRows(scored, 1));

        SameAsAlone(Assert.Single(first));
        Assert.InRange(source.Rows, 1, 32);
        Assert.Equal(source.CursorsOpened, source.CursorsClosed);
    }

    [Fact]
    public void Rows_are_read_a_few_hundred_ahead_and_no_more()
    {
        var source = new CountingView(Table);
        using DataViewRowCursor cursor = Cursor(Model.Transform(source), "Score");
        int most = 0;
        for (int read = 1; cursor.MoveNext(); read++)
            most = Math.Max(most, source.Rows - read);

        Assert.Equal(1000, source.Rows);
        Assert.InRange(most, 100, 511);
    }

    [Fact]
    public void Values_are_there_between_the_first_and_the_last_row_only()
    {
        IDataView scored = Model.Transform(Context.Data.TakeRows(Table, 2));
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
    public void An_abandoned_cursor_lets_go_of_the_source_and_of_native_memory()
    {
        var source = new CountingView(Table);
        IDataView scored = Model.Transform(source);
        Read(Context.Data.TakeRows(scored, 1));

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
    public void A_cursor_over_discrete_units_copies_no_weights_back_from_the_device()
    {
        TargetPropMulticlassTransformer discrete = Context.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1).With(o => o.UnitType = TargetPropUnitType.Sign)).Fit(Table);
        IDataView scored = discrete.Transform(Table);
        using DataViewRowCursor first = Cursor(scored, "Score");
        ThreadDisposeScopeStatistics counts = DisposeScopeManager.Statistics;
        long before = counts.CreatedInScopeCount + counts.CreatedOutsideScopeCount;

        using DataViewRowCursor second = Cursor(scored, "Score");

        // The memory of a batch is the only new tensor.
        Assert.Equal(1, counts.CreatedInScopeCount + counts.CreatedOutsideScopeCount - before);
    }

    [Fact]
    public void Disposing_the_model_does_not_disturb_cursors_that_are_open()
    {
        // A prediction engine disposes of its model, unless told not to, while others may be reading.
        var model = (TargetPropMulticlassTransformer)Models.Load(Context, Models.Zip(Context, Model, Table.Schema));
        IDataView scored = model.Transform(Table);
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
            Close(Thousand.Predictions[name()].Score, score.DenseValues().ToArray());
            rows++;
        }
        while (cursor.MoveNext());
        Assert.Equal(1000, rows);
        SameAsAlone(Read(model.Transform(Table))[500]);
    }

    [Fact]
    public void An_error_while_a_batch_is_read_is_thrown_and_nothing_stays_open()
    {
        var source = new CountingView(Context.Data.LoadFromEnumerable(Failing()));
        IDataView scored = Model.Transform(source);

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
    public void What_a_reader_keeps_is_not_overwritten_by_later_rows()
    {
        IDataView scored = Model.Transform(Table);
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
    public void A_million_rows_leave_memory_as_it_was()
    {
        const int Rows = 1_000_000;
        var features = new float[4];
        IDataView table = Context.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i =>
        {
            features[0] = 5 + i % 7 * 0.1f;
            features[2] = i % 6;
            return new Wordless { Features = features };
        }));
        using DataViewRowCursor cursor = Cursor(Model.Transform(table), "Score");
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
    public async Task Several_threads_may_score_one_model_at_once()
    {
        string batch = string.Join('\n', ViewText.Rows(Model.Transform(Table), "Score", "PredictedLabel"));
        Flower[] rows = Tables.Flowers(1000);

        Task<string>[] transforms = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            string all = "";
            for (int i = 0; i < 5; i++)
                all = string.Join('\n', ViewText.Rows(Model.Transform(Table), "Score", "PredictedLabel"));
            return all;
        }))];
        Task<bool>[] engines = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var engine = Context.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(Model, new PredictionEngineOptions { OwnsTransformer = false });
            bool same = true;
            for (int i = 0; i < 3; i++)
                same &= rows.All(r => engine.Predict(r).Score.SequenceEqual(Thousand.Predictions[r.Name].Score));
            return same;
        }))];

        Assert.All(await Task.WhenAll(transforms), text => Assert.Equal(batch, text));
        Assert.All(await Task.WhenAll(engines), Assert.True);
    }

    private sealed class Wordless
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
