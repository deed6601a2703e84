using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Fills the columns that a <see cref="LookaheadCursor"/> adds, a batch of rows at a time.</summary>
internal interface IBatchMapper : IDisposable
{
    /// <summary>Takes in what the added columns need of the row that the input cursor is on.</summary>
    /// <param name="slot">Place of the row in the batch.</param>
    void Read(int slot);

    /// <summary>Computes the added columns for the first <paramref name="rows"/> rows that were read.</summary>
    void Compute(int rows);

    /// <summary>A getter of an added column.</summary>
    /// <param name="column">Which of them.</param>
    /// <param name="slot">Tells the place in the batch of the row that the reader is on.</param>
    Delegate Getter(int column, Func<int> slot);
}

/// <summary>
/// A cursor that reads some rows ahead, so that the columns it adds can be computed for many rows at once, and hands them out one by
/// one. The other active columns, the row ids and the batch numbers are kept for as long.
/// </summary>
internal sealed class LookaheadCursor : RootCursorBase
{
    /// <summary>Most rows that are read ahead.</summary>
    public const int Capacity = 512;

    /// <summary>Most features that are held for them (64 MB): rows of a million features are read ahead by the dozen only.</summary>
    private const long FeatureCapacity = 1 << 24;

    /// <summary>Rows of the first batch: whoever wants a few rows should not wait, and pay, for hundreds.</summary>
    private const int FirstBatch = 32;

    private readonly DataViewRowCursor _input;
    private readonly IBatchMapper _mapper;
    private readonly IColumnBuffer?[] _buffers;
    private readonly Delegate?[] _getters;
    private readonly bool[] _active;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly DataViewRowId[] _ids = new DataViewRowId[Capacity];
    private readonly long[] _batches = new long[Capacity];
    private readonly int _capacity;
    private int _batchSize;
    private int _rows;
    private int _slot = -1;
    private bool _inputEnded;
    private bool _disposed;

    /// <param name="provider">For the cursor's channel.</param>
    /// <param name="schema">Schema of the rows handed out.</param>
    /// <param name="input">The rows to read; owned.</param>
    /// <param name="mapper">Computes the added columns; owned.</param>
    /// <param name="capacity">Most rows to read ahead, as <paramref name="mapper"/> allows.</param>
    /// <param name="active">Which columns of <paramref name="schema"/> can be asked for.</param>
    /// <param name="source">For every column of <paramref name="schema"/>: is it a column of the input, and which one of them, or which added one.</param>
    public LookaheadCursor(
        IChannelProvider provider, DataViewSchema schema, DataViewRowCursor input, IBatchMapper mapper, int capacity, bool[] active, Func<int, (bool IsInput, int Index)> source)
        : base(provider)
    {
        Schema = schema;
        _input = input;
        _mapper = mapper;
        _capacity = capacity;
        _batchSize = Math.Min(FirstBatch, capacity);
        _active = active;
        _getId = input.GetIdGetter();
        _buffers = new IColumnBuffer?[schema.Count];
        _getters = new Delegate?[schema.Count];
        for (var column = 0; column < schema.Count; column++)
        {
            if (!active[column])
                continue;
            var (isInput, index) = source(column);
            if (isInput)
            {
                _buffers[column] = ColumnBuffer.Create(input, input.Schema[index]);
                _getters[column] = _buffers[column]!.Getter(CurrentSlot);
            }
            else
            {
                _getters[column] = mapper.Getter(index, CurrentSlot);
            }
        }
    }

    public override DataViewSchema Schema { get; }

    /// <summary>How many rows of so many features to read ahead at most.</summary>
    public static int CapacityFor(int features) => (int)Math.Clamp(FeatureCapacity / features, 1, Capacity);

    public override long Batch => _slot >= 0 ? _batches[_slot] : _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[CurrentSlot()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index >= _getters.Length || _getters[column.Index] is not { } getter)
            throw Ch.Except($"Column '{column.Name}' is not active in this cursor.");
        return getter as ValueGetter<TValue>
            ?? throw Ch.Except($"Column '{column.Name}' has values of type {getter.GetType().GetGenericArguments()[0]}, not {typeof(TValue)}.");
    }

    protected override bool MoveNextCore()
    {
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

    private bool ReadBatch()
    {
        _rows = 0;
        while (_rows < _batchSize)
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
            _rows++;
        }
        _batchSize = Math.Min(_capacity, 4 * _batchSize);
        if (_rows > 0)
            _mapper.Compute(_rows);
        return _rows > 0;
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
    }

    private static class ColumnBuffer
    {
        public static IColumnBuffer Create(DataViewRow input, DataViewSchema.Column column)
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
            // From nothing each time: a getter may reuse or dispose an object (an image) that a reader still holds.
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
