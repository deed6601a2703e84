using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>Wraps a data view and counts the cursors and rows that are read from it.</summary>
internal sealed class CountingView(IDataView source) : IDataView
{
    /// <summary>Rows read by all cursors.</summary>
    public int Rows { get; private set; }

    public int CursorsOpened { get; private set; }

    public int CursorsClosed { get; private set; }

    /// <summary>Names of the columns requested for the last cursor.</summary>
    public string[] LastColumns { get; private set; } = [];

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return Wrap(source.GetRowCursor(columns, rand), columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return Array.ConvertAll(source.GetRowCursorSet(columns, n, rand), c => Wrap(c, columns));
    }

    private Cursor Wrap(DataViewRowCursor cursor, DataViewSchema.Column[] columns)
    {
        CursorsOpened++;
        LastColumns = [.. columns.Select(c => c.Name).Distinct().Order(StringComparer.Ordinal)];
        return new(this, cursor);
    }

    private sealed class Cursor(CountingView view, DataViewRowCursor input) : DataViewRowCursor
    {
        private bool _closed;

        public override DataViewSchema Schema => input.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool MoveNext()
        {
            if (!input.MoveNext())
                return false;
            view.Rows++;
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (!_closed && disposing)
            {
                _closed = true;
                view.CursorsClosed++;
                input.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
