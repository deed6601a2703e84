using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Checks a row and decides whether to keep it.</summary>
/// <param name="values">The entries of the row.</param>
/// <param name="number">The number of the row, from 1.</param>
/// <returns>True to keep the row.</returns>
internal delegate bool RowFilter(ReadOnlySpan<float> values, long number);

/// <summary>A column of vectors: finds it in a schema, reads its rows, and returns computed ones.</summary>
internal static class VectorColumn
{
    private const string ExpectedType = "known-size vector of Single";

    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is not a known-size vector of <see cref="float"/>.</exception>
    public static DataViewSchema.Column Find(IHost host, DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name);
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name, ExpectedType, column.Type.ToString());
        return column;
    }

    /// <summary>Finds a column in the validation data that has the name and the type of a column of the training data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or has another type.</exception>
    public static DataViewSchema.Column FindSame(IHost host, DataViewSchema validation, DataViewSchema.Column column)
    {
        var found = Find(host, validation, column.Name);
        if (!found.Type.Equals(column.Type))
            throw host.ExceptSchemaMismatch("validationData", "input", found.Name, column.Type.ToString(), found.Type.ToString());
        return found;
    }

    /// <inheritdoc cref="Find(IHost, DataViewSchema, string)"/>
    public static SchemaShape.Column Find(IHost host, SchemaShape schema, string name)
    {
        host.CheckValue(schema, nameof(schema));
        if (!schema.TryFindColumn(name, out var column))
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name);
        if (column.Kind != SchemaShape.Column.VectorKind.Vector || column.ItemType != NumberDataViewType.Single || column.IsKey)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name, ExpectedType, column.GetTypeString());
        return column;
    }

    /// <summary>Copies a dense or sparse vector.</summary>
    /// <param name="host">The source of exceptions.</param>
    /// <param name="source">The vector of a row.</param>
    /// <param name="target">The destination; it has the expected length.</param>
    /// <param name="column">The name of the column for the message; null when it is unknown.</param>
    /// <param name="row">The number of the row for the message, from 1; 0 when it is unknown.</param>
    /// <exception cref="InvalidOperationException">The vector has another length than <paramref name="target"/>.</exception>
    public static void CopyTo(IHost host, in VBuffer<float> source, Span<float> target, string? column = null, long row = 0)
    {
        CheckLength(host, in source, target.Length, column, row);
        source.CopyTo(target);
    }

    /// <summary>
    /// Refuses a vector of another length than its column. An array of the wrong length, or null, in a class whose member has a VectorType attribute
    /// arrives here with its own length.
    /// </summary>
    /// <param name="host">The source of exceptions.</param>
    /// <param name="source">The vector of a row.</param>
    /// <param name="length">The expected length.</param>
    /// <param name="column">The name of the column for the message; null when it is unknown.</param>
    /// <param name="row">The number of the row for the message, from 1; 0 when it is unknown.</param>
    /// <exception cref="InvalidOperationException">The vector has another length.</exception>
    public static void CheckLength(IHost host, in VBuffer<float> source, int length, string? column = null, long row = 0)
    {
        if (source.Length == length)
            return;
        var place = row == 0 ? "this row" : string.Create(CultureInfo.InvariantCulture, $"row {row} (rows count from 1)");
        throw host.Except(
            $"{(column is null ? "The feature vector" : $"Column '{column}'")} has {source.Length} features in {place}{(source.Length == 0 ? ", an empty array or null" : "")}; expected {length} features. " +
            "Give every row the features that the model is trained on, in the same order.");
    }

    /// <summary>Creates a getter that copies vectors.</summary>
    /// <param name="current">Returns the vector of the current row.</param>
    public static ValueGetter<VBuffer<float>> Getter(Func<ReadOnlySpan<float>> current) => (ref VBuffer<float> value) =>
    {
        var values = current();
        var editor = VBufferEditor.Create(ref value, values.Length);
        values.CopyTo(editor.Values);
        value = editor.Commit();
    };

    /// <summary>Reads a column, row by row.</summary>
    /// <param name="host">The source of exceptions and of cancellation.</param>
    /// <param name="data">The rows.</param>
    /// <param name="column">The column to read.</param>
    /// <param name="filter">Called for every row.</param>
    /// <returns>The rows that <paramref name="filter"/> kept, and the number of all rows.</returns>
    public static (VectorTable Kept, long Rows) Read(IHost host, IDataView data, DataViewSchema.Column column, RowFilter filter)
    {
        var table = new VectorTable(column.Type.GetVectorSize());
        var row = 0L;
        using var cursor = data.GetRowCursor(column);
        var getValues = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        while (cursor.MoveNext())
        {
            host.CheckAlive();
            row++;
            getValues(ref buffer);
            var values = table.Add();
            CopyTo(host, in buffer, values, column.Name, row);
            if (!filter(values, row))
                table.RemoveLast();
        }
        return (table, row);
    }

    /// <summary>The number of a slot, followed by its name when it has one.</summary>
    public static string SlotName(DataViewSchema.Column column, int slot)
    {
        if (column.Type is not VectorDataViewType vector || !column.HasSlotNames(vector.Size))
            return slot.ToString(CultureInfo.InvariantCulture);
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return string.Create(CultureInfo.InvariantCulture, $"{slot} ('{names.GetItemOrDefault(slot)}')");
    }
}

/// <summary>Counts the rows of a vector column that have a bad entry, and describes the first of them.</summary>
/// <param name="column">The column.</param>
/// <param name="firstBad">Finds the first bad entry of a row; −1 when there is none.</param>
internal sealed class VectorCheck(DataViewSchema.Column column, Func<ReadOnlySpan<float>, int> firstBad)
{
    public const string InfiniteRemedy = "An entry must be a number, or NaN where it is missing.";

    public const string OutsideRemedy =
        "Logistic units generate numbers in [0, 1]: scale the column to that range, or set the option VisibleUnits to Gaussian or null.";

    private long _badRows;
    private string? _firstBad;

    /// <param name="values">The entries of a row.</param>
    /// <param name="row">The number of the row, from 1.</param>
    public void Look(ReadOnlySpan<float> values, long row) => Look(values, [], row);

    /// <param name="values">The entries of a row, or those that are not zero.</param>
    /// <param name="slots">The slots of the entries; empty when all are given.</param>
    /// <param name="row">The number of the row, from 1.</param>
    public void Look(ReadOnlySpan<float> values, ReadOnlySpan<int> slots, long row)
    {
        var place = firstBad(values);
        if (place < 0)
            return;
        var slot = slots.IsEmpty ? place : slots[place];
        _badRows++;
        _firstBad ??= string.Create(CultureInfo.InvariantCulture, $"row {row} holds {values[place]} in slot {VectorColumn.SlotName(column, slot)}");
    }

    /// <param name="host">The source of the exception.</param>
    /// <param name="rows">The number of rows that were read.</param>
    /// <param name="role">The purpose of the rows: <c>training</c> or <c>validation</c>.</param>
    /// <param name="what">A description of the bad entries.</param>
    /// <param name="remedy">Advice for the user.</param>
    /// <exception cref="InvalidOperationException">A row had a bad entry.</exception>
    public void Finish(IHost host, long rows, string role, string what, string remedy)
    {
        if (_badRows > 0)
            throw host.Except($"Column '{column.Name}' has {what} in {_badRows} of {rows} {role} rows; the first: {_firstBad} (rows count from 1, slots from 0). {remedy}");
    }

    /// <summary>The first infinite entry; −1 when there is none.</summary>
    public static int FirstInfinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsInfinity(values[i]))
                return i;
        }
        return -1;
    }

    /// <summary>The first missing or infinite entry; −1 when there is none.</summary>
    public static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }
        return -1;
    }

    /// <summary>The first entry outside [0, 1] in a slot of logistic units; −1 when there is none.</summary>
    public static int FirstOutside(ReadOnlySpan<float> values, IReadOnlyList<TargetPropVisibleUnits> units)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is < 0 or > 1 && units[i] == TargetPropVisibleUnits.Logistic)
                return i;
        }
        return -1;
    }

    /// <summary>True when every entry is missing.</summary>
    public static bool IsEmpty(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
                return false;
        }
        return true;
    }
}

/// <summary>Vectors copied out of a data view, in blocks of whole rows, because one array cannot hold a large table.</summary>
/// <param name="columns">The length of a vector.</param>
/// <param name="rows">The number of rows, where it is known: a small table then takes little memory.</param>
internal sealed class VectorTable(int columns, int rows = int.MaxValue)
{
    /// <summary>Numbers in a block, 8 MB: large enough to copy fast, small enough to find room for.</summary>
    private const int BlockLength = 1 << 21;

    private readonly int _rowsInBlock = Math.Clamp(BlockLength / columns, 1, rows);
    private readonly List<float[]?> _blocks = [];

    public int Rows { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <returns>The memory of the row, to be filled by the caller.</returns>
    public Span<float> Add()
    {
        var place = Rows++ % _rowsInBlock;
        if (place == 0)
            _blocks.Add(new float[_rowsInBlock * columns]);
        return _blocks[^1].AsSpan(place * columns, columns);
    }

    public void RemoveLast()
    {
        if (--Rows % _rowsInBlock == 0)
            _blocks.RemoveAt(_blocks.Count - 1);
    }

    /// <summary>
    /// Moves the rows into a tensor, <c>[rows, columns]</c>, in the processor's memory. The table is empty afterwards: each block is released
    /// as soon as it is copied, so that the rows are never held twice.
    /// </summary>
    public Tensor MoveToTensor()
    {
        var tensor = empty(Rows, columns, dtype: ScalarType.Float32, device: CPU);
        for (var b = 0; b < _blocks.Count; b++)
        {
            var start = b * _rowsInBlock;
            var count = Math.Min(_rowsInBlock, Rows - start);
            using var target = tensor.narrow(0, start, count);
            MemoryMarshal.AsBytes(_blocks[b].AsSpan(0, count * columns)).CopyTo(target.bytes);
            _blocks[b] = null;
        }
        _blocks.Clear();
        Rows = 0;
        return tensor;
    }
}
