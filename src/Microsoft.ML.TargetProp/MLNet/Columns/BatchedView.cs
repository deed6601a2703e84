using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// A view that adds <see cref="IVectorColumns"/>, computed for batches of rows that are read ahead. Nothing is read or computed before a cursor
/// asks for it.
/// </summary>
internal sealed class BatchedView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly IVectorColumns _columns;
    private readonly VectorSource _vectors;
    private readonly RowToRowMapperTransform _rows;
    private readonly ColumnBindings _bindings;

    /// <param name="host">The source of exceptions and channels.</param>
    /// <param name="source">The rows.</param>
    /// <param name="columns">The columns to add.</param>
    /// <param name="mapRows">Creates the mapper that adds the same columns to single rows.</param>
    public BatchedView(IHost host, IDataView source, IVectorColumns columns, Func<DataViewSchema, IRowMapper> mapRows)
    {
        _host = host;
        _source = source;
        _columns = columns;
        _vectors = new(host, columns, source.Schema);
        // ML.NET's own view of the same columns supplies the schema, and serves cursors that need no added column.
        _rows = new(host, source, mapRows(source.Schema), mapRows);
        _bindings = new(source.Schema, _vectors.Outputs);
    }

    public DataViewSchema Schema => _rows.OutputSchema;

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return LookaheadCursor.AreAdded(columns, _bindings.MapColumnIndex)
            ? Lookahead(_source.GetRowCursor(Dependencies(columns), rand), columns)
            : _rows.GetRowCursor(columns, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return LookaheadCursor.AreAdded(columns, _bindings.MapColumnIndex)
            ? Array.ConvertAll(_source.GetRowCursorSet(Dependencies(columns), n, rand), c => Lookahead(c, columns))
            : _rows.GetRowCursorSet(columns, n, rand);
    }

    private IEnumerable<DataViewSchema.Column> Dependencies(DataViewSchema.Column[] columns) => ((IRowToRowMapper)_rows).GetDependencies(columns);

    private LookaheadCursor Lookahead(DataViewRowCursor input, DataViewSchema.Column[] columns)
    {
        var capacity = LookaheadCursor.CapacityFor(_columns.InputLength + _vectors.Outputs.Sum(c => c.Type.GetValueCount()));
        bool IsWanted(int added) => Array.Exists(columns, c => c.Index == _bindings.AddedColumnIndices[added]);
        return LookaheadCursor.Open(_host, Schema, input, capacity, columns, _bindings.MapColumnIndex,
            () => new Mapper(_columns, _vectors, input, _vectors.NewBatch(capacity, IsWanted)));
    }

    private sealed class Mapper(IVectorColumns columns, VectorSource vectors, DataViewRow input, VectorBatch batch) : IBatchMapper
    {
        private readonly Action<int> _read = vectors.Reader(input, batch);

        public void Read(int slot) => _read(slot);

        public void Compute(int rows)
        {
            batch.Rows = rows;
            columns.Compute(batch);
        }

        public Delegate Getter(int column, Func<int> slot) => vectors.Getter(batch, column, slot);

        public void Dispose() { }
    }
}
