using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Between rows of plain numbers and tensors.</summary>
internal static class RowTensors
{
    /// <summary>Rows that may have gaps (NaN), <c>[rows, columns]</c>.</summary>
    /// <exception cref="ArgumentException">No rows, a row of another length, or an infinite number.</exception>
    public static Tensor From(IReadOnlyList<float[]> rows, int columns, Device device, string parameter)
    {
        ArgumentNullException.ThrowIfNull(rows, parameter);
        if (rows.Count == 0)
            throw new ArgumentException("There are no rows.", parameter);
        var table = new VectorTable(columns);
        for (var r = 0; r < rows.Count; r++)
        {
            var row = rows[r] ?? throw new ArgumentException($"Row {r} is null (rows count from 0).", parameter);
            if (row.Length != columns)
                throw new ArgumentException($"Row {r} has {row.Length} entries, the model {columns} (rows count from 0).", parameter);
            var infinite = Array.FindIndex(row, float.IsInfinity);
            if (infinite >= 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {r} holds {row[infinite]} in slot {infinite} (both count from 0). {VectorRules.InfiniteRemedy}"), parameter);
            row.CopyTo(table.Add());
        }
        using var onProcessor = table.ToTensor();
        return onProcessor.to(device, copy: true);
    }

    /// <summary>The tensor on a device; the one that it was is given back, where it is another.</summary>
    public static Tensor Moved(Tensor rows, Device device)
    {
        var moved = rows.to(device);
        if (moved.Handle != rows.Handle)
            rows.Dispose();
        return moved;
    }

    /// <summary>The rows of a float32 tensor.</summary>
    public static float[][] ToRows(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var values = tensor.cpu().contiguous().data<float>().ToArray();
        var columns = (int)tensor.shape[1];
        return [.. Enumerable.Range(0, (int)tensor.shape[0]).Select(r => values.AsSpan(r * columns, columns).ToArray())];
    }
}
