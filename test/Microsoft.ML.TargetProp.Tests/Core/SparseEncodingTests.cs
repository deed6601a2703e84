using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests which columns of a sparse table become inputs, and that all forms of a row are encoded alike.</summary>
public sealed class SparseEncodingTests
{
    [Fact]
    public void A_column_that_one_training_row_has_is_left_out()
    {
        SparseRow[] rows = [new([0, 2], [1, 1]), new([0, 4], [2, 3]), new([4, 5], [-1, 1])];

        Assert.Equal([0, 4], SparseEncoding.Learn(new(6, rows), acceptsGaps: true).Kept);
    }

    [Fact]
    public void Where_no_column_occurs_twice_all_that_occur_are_kept()
    {
        SparseRow[] rows = [new([1], [1]), new([3], [1])];

        Assert.Equal([1, 3], SparseEncoding.Learn(new(5, rows), acceptsGaps: true).Kept);
    }

    [Fact]
    public void Sparse_rows_dense_rows_and_single_rows_get_the_same_inputs()
    {
        SparseRows rows = SparseTables.Rows(30, 200, seed: 2);
        SparseEncoding encoding = SparseEncoding.Learn(rows, acceptsGaps: true);

        SparseRows encoded = encoding.Encode(rows);
        using var dense = rows.ToTensor();
        using var inputs = encoding.Encode(dense, TorchSharp.torch.CPU);
        using var again = encoded.ToTensor();

        Assert.Equal(inputs.ToFloats(), again.ToFloats());
        var single = new float[encoding.Inputs];
        var row = new float[200];
        rows[7].CopyTo(row);
        encoding.Apply(row, single);
        encoded[7].CopyTo(row.AsSpan(0, encoding.Inputs));
        Assert.Equal(row[..encoding.Inputs], single);
    }

    [Fact]
    public void A_missing_value_becomes_0_where_gaps_are_accepted_and_stays_otherwise()
    {
        SparseRows rows = new(3, [new([0, 1], [1, float.NaN]), new([0, 1], [1, 1]), new([1], [1])]);

        Assert.Equal(0, SparseEncoding.Learn(rows, acceptsGaps: true).Encode(rows)[0].Values[1]);
        Assert.Equal(float.NaN, SparseEncoding.Learn(rows, acceptsGaps: false).Encode(rows)[0].Values[1]);
    }
}
