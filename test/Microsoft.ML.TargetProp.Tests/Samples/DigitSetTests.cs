using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public class DigitSetTests
{
    private static readonly DigitSet Digits = DrawnDigits.Draw(30);

    [Fact]
    public void A_row_holds_ink_from_0_to_1_and_the_digit_as_text()
    {
        DigitRow row = Digits.Row(17);

        Assert.Equal("7", row.Label);
        Assert.Equal(784, row.Features.Length);
        Assert.All(row.Features, ink => Assert.InRange(ink, 0f, 1f));
        Assert.Equal(Digits.Image(17).Span[400] / 255f, row.Features[400]);
    }

    [Fact]
    public void The_data_view_knows_its_row_count_and_returns_every_row()
    {
        IDataView view = Digits.ToDataView(new MLContext());

        Assert.Equal(30, view.GetRowCount());
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 784), view.Schema["Features"].Type);
        Assert.Equal(Enumerable.Range(0, 30).Select(Digits.LabelName), view.GetColumn<string>("Label"));
        float[][] features = [.. view.GetColumn<float[]>("Features")];
        Assert.All(Enumerable.Range(0, 30), i => Assert.Equal(Digits.Row(i).Features, features[i]));
    }

    [Fact]
    public void A_shuffled_data_view_has_the_same_rows_in_another_order()
    {
        MLContext mlContext = new(1);
        string[] shuffled = [.. mlContext.Data.ShuffleRows(Digits.ToDataView(mlContext)).GetColumn<string>("Label")];

        Assert.NotEqual(Enumerable.Range(0, 30).Select(Digits.LabelName), shuffled);
        Assert.Equal(Enumerable.Range(0, 30).Select(Digits.LabelName).Order(), shuffled.Order());
    }

    [Fact]
    public void A_slice_holds_the_same_pictures()
    {
        DigitSet slice = Digits.Slice(12, 5);

        Assert.Equal(5, slice.Count);
        Assert.Equal("2", slice.LabelName(0));
        Assert.Equal(Digits.Image(16).ToArray(), slice.Image(4).ToArray());
    }

    [Fact]
    public void Pixels_that_do_not_match_the_labels_and_invalid_labels_are_rejected()
    {
        Assert.Throws<ArgumentException>(() => new DigitSet(new byte[784], new byte[2]));
        Assert.Throws<ArgumentException>(() => new DigitSet(new byte[784], new byte[] { 10 }));
    }
}
