using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Looks at the rows of a vector column and remembers what is wrong with them.</summary>
/// <param name="column">The column that they are from.</param>
/// <param name="firstBad">The first slot of a row that must not hold what it does; −1 when there is none.</param>
internal sealed class VectorCheck(DataViewSchema.Column column, Func<ReadOnlySpan<float>, int> firstBad)
{
    private long _badRows;
    private string? _firstBad;

    /// <param name="values">The row.</param>
    /// <param name="row">Its number, from 1.</param>
    public void Look(ReadOnlySpan<float> values, long row)
    {
        var slot = firstBad(values);
        if (slot < 0)
            return;
        _badRows++;
        _firstBad ??= string.Create(CultureInfo.InvariantCulture, $"row {row} holds {values[slot]} in slot {SlotName(column, slot)}");
    }

    /// <param name="host">For the error.</param>
    /// <param name="rows">Rows that were read.</param>
    /// <param name="role">What they are for.</param>
    /// <param name="what">What is wrong with the bad ones.</param>
    /// <param name="remedy">What to do about it.</param>
    /// <exception cref="InvalidOperationException">There are bad rows.</exception>
    public void Finish(IHost host, long rows, string role, string what, string remedy)
    {
        if (_badRows > 0)
            throw host.Except($"Column '{column.Name}' has {what} in {_badRows} of {rows} {role} rows; the first: {_firstBad} (rows count from 1, slots from 0). {remedy}");
    }

    /// <summary>The number of a slot, and its name where it has one.</summary>
    public static string SlotName(DataViewSchema.Column column, int slot)
    {
        if (column.Type is not VectorDataViewType vector || !column.HasSlotNames(vector.Size))
            return slot.ToString(CultureInfo.InvariantCulture);
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return string.Create(CultureInfo.InvariantCulture, $"{slot} ('{names.GetItemOrDefault(slot)}')");
    }
}
