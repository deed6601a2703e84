using System.Globalization;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Converts rows of plain numbers to tensors and back, moves rows to a device, and splits them.</summary>
internal static class RowTensors
{
    /// <summary>Rows that may have missing entries (NaN), as a tensor <c>[rows, columns]</c>.</summary>
    /// <exception cref="ArgumentException">There are no rows, or a row is null, has another length or an infinite entry.</exception>
    public static Tensor From(IReadOnlyList<float[]> rows, int columns, Device device, string parameter)
    {
        ArgumentNullException.ThrowIfNull(rows, parameter);
        if (rows.Count == 0)
            throw new ArgumentException("There are no rows. Pass at least one.", parameter);
        var table = new VectorTable(columns, rows.Count);
        for (var r = 0; r < rows.Count; r++)
        {
            var row = rows[r] ?? throw new ArgumentException($"Row {r} is null (rows count from 0). Pass an array of {columns} entries.", parameter);
            if (row.Length != columns)
                throw new ArgumentException($"Row {r} has {row.Length} entries, the model {columns} (rows count from 0). Pass rows of {columns} entries.", parameter);
            var infinite = VectorCheck.FirstInfinite(row);
            if (infinite >= 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {r} holds {row[infinite]} in slot {infinite} (both count from 0). {VectorCheck.InfiniteRemedy}"), parameter);
            row.CopyTo(table.Add());
        }
        return table.MoveToTensor().MovedTo(device);
    }

    /// <summary>The rows of a tensor <c>[rows, columns]</c>.</summary>
    public static float[][] ToRows(Tensor tensor) => [.. tensor.ToFloats().Chunk((int)tensor.shape[1])];

    /// <summary>Splits rows at random into two tensors, and disposes the original.</summary>
    /// <param name="host">The source of the exception.</param>
    /// <param name="rows">The rows, <c>[rows, columns]</c>.</param>
    /// <param name="fraction">The option ValidationFraction: the part to hold out.</param>
    /// <param name="seed">Chooses the rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is only one row.</exception>
    public static (Tensor Kept, Tensor HeldOut) Split(IHost host, Tensor rows, double fraction, int seed)
    {
        if (rows.shape[0] < 2)
            throw host.ExceptUserArg("ValidationFraction", "ValidationFraction asks for rows to validate with, but there is only one row to train on. Add rows, or set it to 0.");
        var (kept, heldOut) = HoldOut((int)rows.shape[0], fraction, seed);
        using (rows)
            return (Select(rows, kept), Select(rows, heldOut));
    }

    /// <summary>Holds out a random part of the rows, at least one and never all of them.</summary>
    /// <returns>The indices that are kept and those that are held out, both in ascending order.</returns>
    public static (int[] Kept, int[] HeldOut) HoldOut(int rows, double fraction, int seed)
    {
        var order = Enumerable.Range(0, rows).ToArray();
        new Random(seed).Shuffle(order);
        var count = Math.Clamp((int)Math.Round(fraction * rows), 1, rows - 1);
        Array.Sort(order, 0, count);
        Array.Sort(order, count, rows - count);
        return (order[count..], order[..count]);
    }

    /// <summary>Some of the rows, in new memory.</summary>
    public static Tensor Select(Tensor rows, int[] indices)
    {
        using var index = tensor(Array.ConvertAll(indices, i => (long)i));
        return rows.index_select(0, index);
    }
}
