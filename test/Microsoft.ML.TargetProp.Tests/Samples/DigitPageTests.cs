using Microsoft.ML.TargetProp.Samples;
using SkiaSharp;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public sealed class DigitPageTests
{
    [Fact]
    public void Ink_is_black_paper_is_white_and_missing_pixels_are_blue()
    {
        float[] ink = new float[DigitSet.PixelCount];
        (ink[0], ink[1], ink[2]) = (1, float.NaN, 7);
        using DigitPage page = new(60, 60);

        page.Draw(2, 3, 2, ink);

        using SKBitmap picture = SKBitmap.Decode(page.ToPng());
        Assert.Equal(SKColors.Black, picture.GetPixel(3, 4));
        SKColor missing = picture.GetPixel(4, 3);
        Assert.True(missing.Blue > missing.Red + 60);
        Assert.Equal(SKColors.Black, picture.GetPixel(6, 3));
        Assert.Equal(SKColors.White, picture.GetPixel(8, 3));
    }

    [Fact]
    public void All_letters_and_signs_look_different()
    {
        const string Signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%().-?,:;/=+ ";

        string[] drawn = [.. Signs.Select(sign => Drawn(sign.ToString()))];

        Assert.Equal(Signs.Length, drawn.Distinct().Count());
        Assert.Equal(Drawn("?"), Drawn("é"));
    }

    [Theory]
    [InlineData("jpg, Quickly;")]
    [InlineData("Wide")]
    public void A_text_stays_within_its_stated_width_and_height(string text)
    {
        int width = DigitPage.WidthOf(text, 2);
        using DigitPage page = new(width + 20, (2 * DigitPage.TextHeight) + 20);

        page.Write(10, 10, 2, text);

        using SKBitmap picture = SKBitmap.Decode(page.ToPng());
        SKColor paper = picture.GetPixel(0, 0);
        for (int i = 0; i < picture.Width * picture.Height; i++)
        {
            (int x, int y) = (i % picture.Width, i / picture.Width);
            Assert.True(
                picture.GetPixel(x, y) == paper || (x >= 10 && x < 10 + width && y >= 10 && y < 10 + (2 * DigitPage.TextHeight)),
                $"{x} {y}");
        }
    }

    [Fact]
    public void A_gap_hides_the_same_pixels_in_a_single_picture_and_in_many()
    {
        float[] whole = [.. Enumerable.Range(0, DigitSet.PixelCount).Select(p => p / 784f)];
        float[,] rows = new float[3, DigitSet.PixelCount];
        Buffer.BlockCopy(whole, 0, rows, 2 * sizeof(float) * DigitSet.PixelCount, sizeof(float) * DigitSet.PixelCount);

        foreach (PictureGap gap in PictureGap.All)
        {
            float[] cut = gap.Cut(whole, 2);
            float[,] many = gap.Cut(rows);
            Assert.Contains(cut, float.IsNaN);
            Assert.All(Enumerable.Range(0, DigitSet.PixelCount), p => Assert.Equal(cut[p], many[2, p]));
        }
    }

    private static string Drawn(string text)
    {
        using DigitPage page = new(20, 20);
        page.Write(2, 2, 1, text);
        return Convert.ToBase64String(page.ToPng());
    }
}
