using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

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
    public void Look(ReadOnlySpan<float> values, long row)
    {
        var slot = firstBad(values);
        if (slot < 0)
            return;
        _badRows++;
        _firstBad ??= string.Create(CultureInfo.InvariantCulture, $"row {row} holds {values[slot]} in slot {VectorColumn.SlotName(column, slot)}");
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
