using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the options for slots that are the pixels of a picture.</summary>
public sealed class InpaintingPictureTests
{
    private static readonly MLContext Context = new(1);

    [Fact]
    public void Creating_an_estimator_rejects_a_negative_width()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Gaps.Estimator(Context, change: o => o.ImageWidth = -1));

        Assert.Contains("ImageWidth", error.Message, StringComparison.Ordinal);
        Assert.Contains("-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_for_a_width_that_does_not_divide_the_number_of_slots_has_both_numbers()
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => Gaps.Train(Context, change: o => o.ImageWidth = 3));

        Assert.Contains("ImageWidth is 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 slots of column 'Measures'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 2, "ImageHeight is 2; allowed: null when ImageWidth is null")]
    [InlineData(2, -1, "ImageHeight is -1; allowed: ")]
    public void Creating_an_estimator_rejects_a_negative_height_and_a_height_without_a_width(int? width, int height, string message)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Gaps.Estimator(Context, change: o => (o.ImageWidth, o.ImageHeight) = (width, height)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_for_more_pixels_than_slots_has_both_numbers()
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => Gaps.Train(Context, change: o => (o.ImageWidth, o.ImageHeight) = (2, 3)));

        Assert.Contains("ImageWidth is 2 and ImageHeight 3: 6 pixels, more than the 4 slots of column 'Measures'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue)]
    [InlineData(TargetPropInpaintingOutput.Sample)]
    public void A_vector_of_a_picture_and_another_slot_is_completed(TargetPropInpaintingOutput output)
    {
        IDataView table = Gaps.View(Context, 20, seed: 3);
        TargetPropInpaintingTransformer model = Gaps.Train(Context, epochs: 2, o => (o.ImageWidth, o.ImageHeight, o.Output) = (3, 1, output));

        Assert.All(Gaps.Read(Context, model.Transform(table)).SelectMany(r => r.Completed), v => Assert.True(float.IsFinite(v)));
        Assert.Equal((3, 1), (model.Model.Snapshot.Completion!.ImageWidth, model.Model.Snapshot.Completion.ImageHeight));
    }

    [Fact]
    public void A_picture_with_lines_of_two_pixels_is_completed()
    {
        IDataView table = Gaps.View(Context, 20, seed: 3);
        Filled[] rows = Gaps.Read(Context, Gaps.Train(Context, epochs: 2, o => o.ImageWidth = 2).Transform(table));

        Assert.All(rows.SelectMany(r => r.Completed), v => Assert.True(float.IsFinite(v)));
    }
}
