using Microsoft.ML.TargetProp.MLNet;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the copy of rows from a data view to a tensor.</summary>
public sealed class VectorTableTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(5, 1_000_000)]
    [InlineData(3, 3_000_000)]
    [InlineData(3_000_000, 1)]
    public void The_tensor_has_the_rows_in_order_for_any_number_of_blocks(int rows, int columns)
    {
        var table = new VectorTable(columns);
        for (int r = 0; r < rows; r++)
        {
            table.Add().Fill(r);
            table.Add().Fill(-1);
            table.RemoveLast();
        }

        using Tensor tensor = table.MoveToTensor();

        Assert.Equal([rows, columns], tensor.shape);
        using Tensor expected = arange(rows, dtype: ScalarType.Float32).unsqueeze(1).expand(rows, columns);
        Assert.True(tensor.Equals(expected));
    }

    [Fact]
    public void A_table_frees_its_memory_when_it_becomes_a_tensor()
    {
        const int Rows = 40, Columns = 250_000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var table = new VectorTable(Columns);
        for (int r = 0; r < Rows; r++)
            table.Add().Fill(r);

        using Tensor tensor = table.MoveToTensor();

        Assert.Equal(0, table.Rows);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Rows * Columns * sizeof(float) / 4);
        GC.KeepAlive(table);
    }
}
