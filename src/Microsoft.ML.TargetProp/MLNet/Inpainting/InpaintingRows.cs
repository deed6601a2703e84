using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Reads the vectors that a generative model learns from, with their gaps, and refuses rows that cannot be used.</summary>
internal static class InpaintingRows
{
    /// <summary>Reads every row that has an observed entry.</summary>
    /// <param name="host">Takes warnings and errors, and cancels.</param>
    /// <param name="data">The data.</param>
    /// <param name="column">The column of vectors.</param>
    /// <param name="units">The kind of every slot; null when it is not known yet.</param>
    /// <param name="role">The role of the rows in messages: <c>training</c> or <c>validation</c>.</param>
    /// <returns><c>[rows, slots]</c>, NaN where missing, in the processor's memory.</returns>
    /// <exception cref="InvalidOperationException">The rows cannot be used; the message says why.</exception>
    public static torch.Tensor Read(IHost host, IDataView data, DataViewSchema.Column column, IReadOnlyList<TargetPropVisibleUnits>? units, string role)
    {
        var infinite = new VectorCheck(column, VectorCheck.FirstInfinite);
        var outside = new VectorCheck(column, values => units is null ? -1 : VectorCheck.FirstOutside(values, units));
        using var channel = host.Start("Reading " + role + " data");
        var (table, row) = VectorColumn.Read(host, data, column, (values, number) =>
        {
            infinite.Look(values, number);
            outside.Look(values, number);
            return !VectorCheck.IsEmpty(values);
        });

        infinite.Finish(host, row, role, "infinite values", VectorCheck.InfiniteRemedy);
        outside.Finish(host, row, role, "values outside [0, 1]", VectorCheck.OutsideRemedy);
        if (table.Rows == 0)
            throw host.Except(row == 0
                ? $"The {role} data has no rows (column '{column.Name}'). Check the source and the filters before the transform."
                : $"None of the {row} {role} rows has an observed entry in column '{column.Name}': every entry is missing (NaN). Check the source and the transforms before this one.");
        if (table.Rows < row)
            channel.Warning("{0} of {1} {2} rows have no observed entry in column '{3}' and were left out.", row - table.Rows, row, role, column.Name);
        return table.MoveToTensor();
    }

    /// <exception cref="InvalidOperationException">A slot is missing in all rows; the message names it.</exception>
    public static void CheckEverySlotObserved(IHost host, torch.Tensor rows, DataViewSchema.Column column)
    {
        using var scope = torch.NewDisposeScope();
        var empty = rows.isnan().all(dim: 0).data<bool>().ToArray();
        var first = Array.IndexOf(empty, true);
        if (first >= 0)
            throw host.Except(
                $"Column '{column.Name}' has no observed entry in slot {VectorColumn.SlotName(column, first)} in any of the {rows.shape[0]} training rows (slots count from 0; {empty.Count(e => e)} slots have none). " +
                "Nothing can be learned about such a slot: leave it out of the vector, or add rows in which it is observed.");
    }
}
