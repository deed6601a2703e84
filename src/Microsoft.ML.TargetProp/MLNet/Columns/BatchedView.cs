using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// A view with <see cref="IVectorColumns"/> added, computed for batches of rows that are read ahead. Lazy: nothing is read or computed but
/// what a cursor asks for.
/// </summary>
internal sealed class BatchedView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly IVectorColumns _columns;
    private readonly VectorSource _vectors;
    private readonly RowToRowMapperTransform _rows;
    private readonly ColumnBindings _bindings;

    /// <param name="host">For errors and cursors.</param>
    /// <param name="source">Where the rows are from.</param>
    /// <param name="columns">What is added to them.</param>
    /// <param name="mapRows">The same for single rows.</param>
    public BatchedView(IHost host, IDataView source, IVectorColumns columns, Func<DataViewSchema, IRowMapper> mapRows)
    {
        _host = host;
        _source = source;
        _columns = columns;
        _vectors = new(host, columns, source.Schema);
        // ML.NET's own view of the same columns has the schema, and serves readers of other columns.
        _rows = new(host, source, mapRows(source.Schema), mapRows);
        _bindings = new(source.Schema, _vectors.Outputs);
    }

    public DataViewSchema Schema => _rows.OutputSchema;

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return AreAdded(columns) ? Lookahead(_source.GetRowCursor(Dependencies(columns), rand), columns) : _rows.GetRowCursor(columns, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return AreAdded(columns)
            ? Array.ConvertAll(_source.GetRowCursorSet(Dependencies(columns), n, rand), c => Lookahead(c, columns))
            : _rows.GetRowCursorSet(columns, n, rand);
    }

    private IEnumerable<DataViewSchema.Column> Dependencies(DataViewSchema.Column[] columns) => ((IRowToRowMapper)_rows).GetDependencies(columns);

    private bool AreAdded(DataViewSchema.Column[] columns) => Array.Exists(columns, c =>
    {
        _bindings.MapColumnIndex(out var isSource, c.Index);
        return !isSource;
    });

    private LookaheadCursor Lookahead(DataViewRowCursor input, DataViewSchema.Column[] columns)
    {
        try
        {
            var active = new bool[Schema.Count];
            foreach (var column in columns)
                active[column.Index] = true;
            var capacity = LookaheadCursor.CapacityFor(_columns.InputLength + _vectors.Outputs.Sum(c => c.Type.GetValueCount()));
            var mapper = new Mapper(_columns, _vectors, input, _vectors.NewBatch(capacity, added => active[_bindings.AddedColumnIndices[added]]));
            return new(_host, Schema, input, mapper, capacity, active, column =>
            {
                var index = _bindings.MapColumnIndex(out var isSource, column);
                return (isSource, index);
            });
        }
        catch
        {
            input.Dispose();
            throw;
        }
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
