using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// Tests completion in batches that are read ahead. Readers of the rows cannot notice it: order, ids, batch numbers and the other columns
/// are those of the source, and only requested columns are read and computed.
/// </summary>
public sealed class InpaintingCursorTests(GapModel gaps) : IClassFixture<GapModel>
{
    private readonly MLContext _ml = gaps.Context;
    private readonly IDataView _table = gaps.Table;
    private readonly TargetPropInpaintingTransformer _model = gaps.Transformer;

    [Fact]
    public void Rows_have_the_order_positions_ids_and_columns_of_the_source()
    {
        string[] passed = ["Name", "Measures", "Truth", "Weight"];
        List<string> filled = ViewText.Rows(_model.Transform(_table), [.. passed, "Completed"]);

        Assert.Equal(ViewText.Rows(_table, passed), ViewText.Rows(_model.Transform(_table), passed));
        Assert.Equal(ViewText.Rows(_table, passed), filled.Select(row => row[..row.LastIndexOf(" Completed=", StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_row_has_the_same_completion_alone_and_in_a_batch()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Measured, Filled>(_model, new PredictionEngineOptions { OwnsTransformer = false });
        Measured[] rows = Gaps.Rows(1000, seed: 2);
        Filled[] batch = Gaps.Read(_ml, _model.Transform(_table));

        for (int i = 0; i < 1000; i += 37)
        {
            Filled alone = engine.Predict(rows[i]);
            Close(batch[i].Completed, alone.Completed);
            Close(batch[i].Uncertainty, alone.Uncertainty);
            Assert.Equal(batch[i].Objective, alone.Objective, 1e-3f);
            Close(batch[i].Code, alone.Code);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(31, 2)]
    [InlineData(671, 3)]
    [InlineData(999, 1)]
    [InlineData(0, 5000)]
    public void Skipping_and_taking_rows_before_or_after_completion_gives_the_same_result(int skip, int take)
    {
        IDataView Part(IDataView view) => _ml.Data.TakeRows(skip == 0 ? view : _ml.Data.SkipRows(view, skip), take);
        Filled[] all = Gaps.Read(_ml, _model.Transform(_table));

        foreach (IDataView view in new[] { _model.Transform(Part(_table)), Part(_model.Transform(_table)) })
        {
            Filled[] rows = Gaps.Read(_ml, view);
            Assert.Equal(all.Skip(skip).Take(take).Select(r => r.Name), rows.Select(r => r.Name));
            Assert.All(all.Skip(skip).Take(take).Zip(rows), p => Close(p.First.Completed, p.Second.Completed));
        }
    }

    [Fact]
    public void After_shuffling_before_or_after_completion_every_row_has_its_values()
    {
        IDataView cached = _ml.Data.Cache(_table);
        Dictionary<string, Filled> all = Gaps.Read(_ml, _model.Transform(_table)).ToDictionary(r => r.Name);

        foreach (IDataView view in new[] { _model.Transform(_ml.Data.ShuffleRows(cached, seed: 3)), _ml.Data.ShuffleRows(_model.Transform(cached), seed: 3), new ShuffledView(_model.Transform(cached)) })
        {
            Filled[] rows = Gaps.Read(_ml, view);
            Assert.Equal(1000, rows.Length);
            Assert.NotEqual(all.Keys, rows.Select(r => r.Name));
            Assert.All(rows, r => Close(all[r.Name].Completed, r.Completed));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_set_of_cursors_on_their_own_threads_returns_every_row_once(int count)
    {
        IDataView filled = _model.Transform(_ml.Data.Cache(_table));
        Dictionary<string, Filled> all = Gaps.Read(_ml, filled).ToDictionary(r => r.Name);
        DataViewRowCursor[] cursors = filled.GetRowCursorSet(filled.Schema, count);
        Assert.Equal(count > 1, cursors.Length > 1);
        var rows = new List<(string Name, float[] Values)>[cursors.Length];

        Thread[] threads = [.. cursors.Select((cursor, i) => new Thread(() =>
        {
            rows[i] = [];
            Func<string> name = ViewText.Cell(cursor, cursor.Schema["Name"]);
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Completed"]);
            VBuffer<float> values = default;
            while (cursor.MoveNext())
            {
                get(ref values);
                rows[i].Add((name(), [.. values.DenseValues()]));
            }
            cursor.Dispose();
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.Equal(all.Keys.Order(StringComparer.Ordinal), rows.SelectMany(r => r).Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.All(rows.SelectMany(r => r), r => Close(all[r.Name].Completed, r.Values));
    }

    [Fact]
    public void Only_requested_columns_are_read_and_computed()
    {
        var source = new CountingView(_table);
        IDataView filled = _model.Transform(source);
        Assert.Equal(0, source.CursorsOpened);

        Assert.Equal(["Measures"], ColumnsFor("Completed"));
        Assert.Equal(["Measures"], ColumnsFor("Uncertainty"));
        Assert.Equal(["Measures"], ColumnsFor("Objective"));
        Assert.Equal(["Measures"], ColumnsFor("Code"));
        Assert.Equal(["Measures", "Name"], ColumnsFor("Completed", "Name"));
        Assert.Equal(["Name"], ColumnsFor("Name"));
        Assert.Empty(ColumnsFor());

        string[] ColumnsFor(params string[] wanted)
        {
            using DataViewRowCursor cursor = Cursor(filled, wanted);
            Assert.Equal(wanted.Order(StringComparer.Ordinal), filled.Schema.Where(cursor.IsColumnActive).Select(c => c.Name).Order(StringComparer.Ordinal));
            while (cursor.MoveNext())
            {
            }
            return source.LastColumns;
        }
    }

    [Theory]
    [InlineData("Completed")]
    [InlineData("Uncertainty")]
    [InlineData("Objective")]
    [InlineData("Code")]
    public void A_column_is_the_same_alone_and_together_with_the_others(string column)
    {
        IDataView filled = _model.Transform(_table);
        IDataView cached = _ml.Data.Cache(filled);

        Assert.Equal(ViewText.Rows(cached, column), ViewText.Rows(filled, column));
    }

    [Fact]
    public void First_a_few_and_later_a_few_hundred_rows_are_read_ahead()
    {
        var source = new CountingView(_table);
        IDataView filled = _model.Transform(source);
        Assert.Single(Gaps.Read(_ml, _ml.Data.TakeRows(filled, 1)));
        Assert.InRange(source.Rows, 1, 32);

        int before = source.Rows, most = 0;
        using DataViewRowCursor cursor = Cursor(filled, "Completed");
        for (int read = 1; cursor.MoveNext(); read++)
            most = Math.Max(most, source.Rows - before - read);

        Assert.InRange(most, 100, 511);
    }

    [Fact]
    public void A_cursor_disposed_early_and_a_disposed_engine_free_every_tensor()
    {
        var source = new CountingView(_table);
        IDataView filled = _model.Transform(source);
        Gaps.Read(_ml, _ml.Data.TakeRows(filled, 1));

        LiveTensors.AssertGivenBack(() =>
        {
            for (int i = 0; i < 3; i++)
            {
                using DataViewRowCursor cursor = Cursor(filled, "Completed", "Objective", "Code", "Name");
                for (int row = 0; row < 40; row++)
                    Assert.True(cursor.MoveNext());
                using var engine = _ml.Model.CreatePredictionEngine<Measured, Filled>(_model, new PredictionEngineOptions { OwnsTransformer = false });
                engine.Predict(Gaps.Rows(1)[0]);
            }
        });

        Assert.Equal(source.CursorsOpened, source.CursorsClosed);
    }

    [Fact]
    public void Open_cursors_still_work_after_the_transformer_is_disposed()
    {
        var model = (TargetPropInpaintingTransformer)Models.Load(_ml, Models.Zip(_ml, _model, _table.Schema));
        List<string> expected = ViewText.Rows(_model.Transform(_table), "Completed");
        IDataView filled = model.Transform(_table);
        using DataViewRowCursor cursor = Cursor(filled, "Completed");
        Assert.True(cursor.MoveNext());
        string first = $"0 {Id(cursor)} Completed={ViewText.Cell(cursor, filled.Schema["Completed"])()}";

        model.Dispose();

        Assert.Equal(expected, [first, .. ViewText.Rows(cursor, filled.Schema["Completed"])]);
        Assert.Equal(expected, ViewText.Rows(model.Transform(_table), "Completed"));

        static DataViewRowId Id(DataViewRowCursor cursor)
        {
            DataViewRowId id = default;
            cursor.GetIdGetter()(ref id);
            return id;
        }
    }

    [Fact]
    public void Reading_a_value_before_the_first_or_after_the_last_row_is_an_error()
    {
        IDataView filled = _model.Transform(_ml.Data.TakeRows(_table, 2));
        using DataViewRowCursor cursor = Cursor(filled, "Completed");
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(filled.Schema["Completed"]);
        VBuffer<float> values = default;

        Assert.Throws<InvalidOperationException>(() => get(ref values));
        Assert.True(cursor.MoveNext() && cursor.MoveNext());
        get(ref values);
        Assert.Equal(4, values.Length);
        Assert.False(cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => get(ref values));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(filled.Schema["Truth"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(filled.Schema["Completed"]));
    }

    [Fact]
    public async Task Several_threads_can_use_one_transformer()
    {
        string expected = Text();

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Text))), text => Assert.Equal(expected, text));

        string Text() => string.Join('\n', ViewText.Rows(_model.Transform(_table), "Completed", "Objective"));
    }

    private static DataViewRowCursor Cursor(IDataView view, params string[] columns) => view.GetRowCursor(columns.Select(c => view.Schema[c]));

    private static void Close(float[] expected, float[] actual) => Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-4f));
}
