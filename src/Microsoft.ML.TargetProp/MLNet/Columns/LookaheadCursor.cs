using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Computes the columns that a <see cref="LookaheadCursor"/> adds, for a batch of rows at a time.</summary>
internal interface IBatchMapper : IDisposable
{
    /// <summary>Reads the current row of the input cursor.</summary>
    /// <param name="slot">The slot of the row in the batch.</param>
    void Read(int slot);

    /// <summary>Computes the added columns of the rows in the first slots.</summary>
    void Compute(int rows);

    /// <summary>Creates a getter of an added column.</summary>
    /// <param name="column">The index of the column among the added ones.</param>
    /// <param name="slot">Returns the slot of the current row.</param>
    Delegate Getter(int column, Func<int> slot);
}

/// <summary>Maps a column of the schema to a column of the input, or to an added column.</summary>
/// <param name="isInput">True for a column of the input.</param>
/// <param name="column">The index in the schema.</param>
/// <returns>The index in the input, or among the added columns.</returns>
internal delegate int ColumnMap(out bool isInput, int column);

/// <summary>
/// A cursor that reads rows ahead, so that the columns it adds can be computed for many rows at once. It buffers the other active columns, the
/// row ids and the batch numbers of the rows that it has read ahead.
/// </summary>
internal sealed class LookaheadCursor : RootCursorBase
{
    /// <summary>Most rows that are read ahead.</summary>
    public const int Capacity = 512;

    /// <summary>Most features that are buffered, 64 MB: rows of a million features are read ahead sixteen at a time.</summary>
    private const long FeatureCapacity = 1 << 24;

    /// <summary>Rows of the first batch: a reader that takes a few rows does not wait for hundreds.</summary>
    private const int FirstBatch = 32;

    private readonly DataViewRowCursor _input;
    private readonly IBatchMapper _mapper;
    private readonly IColumnBuffer?[] _buffers;
    private readonly Delegate?[] _getters;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly DataViewRowId[] _ids = new DataViewRowId[Capacity];
    private readonly long[] _batches = new long[Capacity];
    private readonly int _capacity;
    private int _batchSize;
    private int _rows;
    private int _slot = -1;
    private bool _inputEnded;
    private Exception? _failure;
    private bool _disposed;

    private LookaheadCursor(
        IChannelProvider provider, DataViewSchema schema, DataViewRowCursor input, IBatchMapper mapper, int capacity, DataViewSchema.Column[] columns, ColumnMap map)
        : base(provider)
    {
        Schema = schema;
        _input = input;
        _mapper = mapper;
        _capacity = capacity;
        _batchSize = Math.Min(FirstBatch, capacity);
        _getId = input.GetIdGetter();
        _buffers = new IColumnBuffer?[schema.Count];
        _getters = new Delegate?[schema.Count];
        foreach (var column in columns)
        {
            var index = map(out var isInput, column.Index);
            if (isInput)
                _buffers[column.Index] = IColumnBuffer.Create(input, input.Schema[index]);
            _getters[column.Index] = _buffers[column.Index]?.Getter(CurrentSlot) ?? mapper.Getter(index, CurrentSlot);
        }
    }

    /// <param name="provider">The source of the cursor's channel.</param>
    /// <param name="schema">The schema of the cursor.</param>
    /// <param name="input">The rows to read; the cursor owns them.</param>
    /// <param name="capacity">Most rows to read ahead.</param>
    /// <param name="columns">The active columns of <paramref name="schema"/>.</param>
    /// <param name="map">Maps a column of <paramref name="schema"/> to its source.</param>
    /// <param name="createMapper">Creates the mapper of the added columns for batches of <paramref name="capacity"/> rows; the cursor owns it.</param>
    public static LookaheadCursor Open(
        IChannelProvider provider, DataViewSchema schema, DataViewRowCursor input, int capacity, DataViewSchema.Column[] columns, ColumnMap map, Func<IBatchMapper> createMapper)
    {
        IBatchMapper? mapper = null;
        try
        {
            mapper = createMapper();
            return new(provider, schema, input, mapper, capacity, columns, map);
        }
        catch
        {
            mapper?.Dispose();
            input.Dispose();
            throw;
        }
    }

    /// <summary>True when one of the columns is an added one.</summary>
    public static bool AreAdded(DataViewSchema.Column[] columns, ColumnMap map) => Array.Exists(columns, c =>
    {
        map(out var isInput, c.Index);
        return !isInput;
    });

    /// <summary>Most rows of so many features to read ahead.</summary>
    public static int CapacityFor(int features) => (int)Math.Clamp(FeatureCapacity / features, 1, Capacity);

    public override DataViewSchema Schema { get; }

    public override long Batch => _slot >= 0 ? _batches[_slot] : _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] is not null;

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[CurrentSlot()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index >= _getters.Length || _getters[column.Index] is not { } getter)
            throw Ch.Except($"Column '{column.Name}' is not active in this cursor. Name it when you call GetRowCursor.");
        return getter as ValueGetter<TValue>
            ?? throw Ch.Except($"Column '{column.Name}' has values of type {getter.GetType().GetGenericArguments()[0]}, not {typeof(TValue)}. Ask for a getter of its own type.");
    }

    protected override bool MoveNextCore()
    {
        if (_failure is not null)
            throw Ch.Except(_failure, $"The cursor failed before and cannot go on: {_failure.Message} Open another cursor.");
        if (_slot + 1 < _rows)
        {
            _slot++;
            return true;
        }
        if (_inputEnded || !ReadBatch())
            return false;
        _slot = 0;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        if (disposing)
        {
            _mapper.Dispose();
            _input.Dispose();
            _slot = -1;
        }
        _disposed = true;
        base.Dispose(disposing);
    }

    /// <returns>False when there are no more rows.</returns>
    private bool ReadBatch()
    {
        try
        {
            ReadAhead();
            if (_rows > 0)
                _mapper.Compute(_rows);
        }
        catch (Exception error)
        {
            // The buffers hold rows that were not computed; no getter may reach them.
            (_failure, _slot, _rows) = (error, -1, 0);
            throw;
        }
        return _rows > 0;
    }

    private void ReadAhead()
    {
        for (_rows = 0; _rows < _batchSize; _rows++)
        {
            if (!_input.MoveNext())
            {
                _inputEnded = true;
                break;
            }
            foreach (var buffer in _buffers)
                buffer?.Read(_rows);
            _getId(ref _ids[_rows]);
            _batches[_rows] = _input.Batch;
            _mapper.Read(_rows);
        }
        _batchSize = Math.Min(_capacity, 4 * _batchSize);
    }

    private int CurrentSlot()
    {
        Ch.Check(_slot >= 0, "The cursor is not on a row: call MoveNext first, and stop when it returns false.");
        return _slot;
    }

    private interface IColumnBuffer
    {
        void Read(int slot);

        Delegate Getter(Func<int> slot);

        static IColumnBuffer Create(DataViewRow input, DataViewSchema.Column column)
        {
            var raw = column.Type.RawType;
            var type = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>)
                ? typeof(VectorBuffer<>).MakeGenericType(raw.GetGenericArguments())
                : typeof(ValueBuffer<>).MakeGenericType(raw);
            return (IColumnBuffer)Activator.CreateInstance(type, input, column)!;
        }
    }

    private sealed class ValueBuffer<T>(DataViewRow input, DataViewSchema.Column column) : IColumnBuffer
    {
        private readonly ValueGetter<T> _get = input.GetGetter<T>(column);
        private readonly T[] _values = new T[Capacity];

        public void Read(int slot)
        {
            // Each read starts from the default value: a getter may reuse or dispose an object (an image) that a reader still holds.
            T value = default!;
            _get(ref value);
            _values[slot] = value;
        }

        public Delegate Getter(Func<int> slot) => (ValueGetter<T>)((ref T value) => value = _values[slot()]);
    }

    private sealed class VectorBuffer<T>(DataViewRow input, DataViewSchema.Column column) : IColumnBuffer
    {
        private readonly ValueGetter<VBuffer<T>> _get = input.GetGetter<VBuffer<T>>(column);
        private readonly VBuffer<T>[] _values = new VBuffer<T>[Capacity];

        public void Read(int slot) => _get(ref _values[slot]);

        public Delegate Getter(Func<int> slot) =>
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[slot()].CopyTo(ref value));
    }
}
