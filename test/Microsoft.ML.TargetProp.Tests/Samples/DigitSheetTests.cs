using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Tests.Packaging;
using SkiaSharp;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public sealed class DigitSheetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_sheet_has_the_pixels_of_its_digits()
    {
        DigitSet digits = DrawnDigits.Draw(13);
        string path = Path.Combine(_folder["new"], "sheet.png");

        DigitSheet.Save(path, [.. Enumerable.Range(0, 13).Select(i => new CaptionedDigit(digits.Image(i), "1", i % 2 == 0))], columns: 5);

        using SKBitmap sheet = SKBitmap.Decode(path);
        for (int i = 0; i < 13; i++)
        {
            (int left, int top) = DigitSheet.PlaceOf(i, 5);
            ReadOnlySpan<byte> image = digits.Image(i).Span;
            for (int p = 0; p < image.Length; p++)
            {
                SKColor color = sheet.GetPixel(left + (p % 28 * DigitSheet.Scale), top + (p / 28 * DigitSheet.Scale));
                byte shade = (byte)(255 - image[p]);
                Assert.Equal(new SKColor(shade, shade, shade), color);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_caption_is_red_for_a_wrong_prediction_and_green_for_a_correct_one(bool wrong)
    {
        string path = _folder["sheet.png"];

        DigitSheet.Save(path, [new CaptionedDigit(new byte[784], "3 (8) 99%", wrong)]);

        using SKBitmap sheet = SKBitmap.Decode(path);
        int red = sheet.Pixels.Count(c => c.Red > c.Green + 60);
        int green = sheet.Pixels.Count(c => c.Green > c.Red + 60);
        Assert.Equal(wrong, red > 100);
        Assert.Equal(!wrong, green > 100);
    }

    [Fact]
    public void An_empty_sheet_and_a_too_long_caption_can_be_drawn()
    {
        DigitSheet.Save(_folder["empty.png"], []);
        DigitSheet.Save(_folder["long.png"], [new CaptionedDigit(new byte[784], "a caption far too long for its picture", true)]);

        using SKBitmap sheet = SKBitmap.Decode(_folder["long.png"]);
        Assert.NotNull(sheet);
    }
}
