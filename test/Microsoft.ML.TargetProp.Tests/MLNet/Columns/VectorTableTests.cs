using Microsoft.ML.TargetProp.MLNet;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Rows on their way from a data view into a tensor.</summary>
public sealed class VectorTableTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(5, 1_000_000)]
    [InlineData(3, 3_000_000)]
    [InlineData(3_000_000, 1)]
    public void The_tensor_has_the_rows_in_their_order_however_many_blocks_they_take(int rows, int columns)
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
    public void A_table_that_became_a_tensor_holds_no_memory_any_more()
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
