using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Looks at a row.</summary>
/// <param name="values">The row.</param>
/// <param name="number">Its number, from 1.</param>
/// <returns>Whether to keep it.</returns>
internal delegate bool RowGate(ReadOnlySpan<float> values, long number);

/// <summary>Reads a vector column row by row.</summary>
internal static class VectorReader
{
    /// <param name="host">For errors and cancellation.</param>
    /// <param name="data">Where from.</param>
    /// <param name="column">The column of vectors.</param>
    /// <param name="gate">Looks at every row, and says which are kept.</param>
    /// <returns>The rows that are kept, and how many there were.</returns>
    public static (VectorTable Kept, long Rows) Read(IHost host, IDataView data, DataViewSchema.Column column, RowGate gate)
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
            FeatureVector.CopyTo(host, in buffer, values, column.Name);
            if (!gate(values, row))
                table.RemoveLast();
        }
        return (table, row);
    }
}
