using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

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
    /// <exception cref="InvalidOperationException">The vector has another length than <paramref name="target"/>.</exception>
    public static void CopyTo(IHost host, in VBuffer<float> source, Span<float> target, string? column = null)
    {
        if (source.Length != target.Length)
            throw host.Except(
                $"{(column is null ? "The feature vector" : $"Column '{column}'")} has {source.Length} features in this row; expected {target.Length} features. " +
                "Give every row the features that the model is trained on, in the same order.");
        source.CopyTo(target);
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
            CopyTo(host, in buffer, values, column.Name);
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
