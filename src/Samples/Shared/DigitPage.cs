using SkiaSharp;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>The colours of text on a <see cref="DigitPage"/>.</summary>
public enum TextColor
{
    /// <summary>Black, for captions.</summary>
    Plain = 0,

    /// <summary>Grey, for secondary text.</summary>
    Faint = 1,

    /// <summary>Green, for a correct prediction.</summary>
    Right = 2,

    /// <summary>Red, for a wrong prediction.</summary>
    Wrong = 3,
}

/// <summary>A page with digits and text. Digits are black on white; the page is light grey, so that their edges show.</summary>
public sealed class DigitPage : IDisposable
{
    /// <summary>Height of a line of text at scale 1, including the descenders, in pixels.</summary>
    public const int TextHeight = PixelFont.Height + PixelFont.Depth;

    private static readonly SKColor Background = new(0xf4, 0xf4, 0xf2);
    private static readonly SKColor Missing = new(0x8e, 0xb8, 0xe5);

    private readonly SKBitmap _bitmap;

    /// <summary>Creates an empty page.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public DigitPage(int width, int height)
    {
        _bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        _bitmap.Erase(Background);
    }

    /// <summary>Width of a text in pixels.</summary>
    /// <param name="text">The text.</param>
    /// <param name="scale">Size of a dot of the font, in pixels of the page.</param>
    public static int WidthOf(string text, int scale)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PixelFont.WidthOf(text) * scale;
    }

    /// <summary>Draws a digit.</summary>
    /// <param name="x">Left edge.</param>
    /// <param name="y">Upper edge.</param>
    /// <param name="scale">Size of a pixel of the digit, in pixels of the page.</param>
    /// <param name="ink">The ink of each pixel, from 0 (paper) to 255 (full ink).</param>
    public void Draw(int x, int y, int scale, ReadOnlySpan<byte> ink)
    {
        for (int pixel = 0; pixel < DigitSet.PixelCount; pixel++)
        {
            Fill(x, y, scale, pixel % DigitSet.Side, pixel / DigitSet.Side, Grey(ink[pixel]));
        }
    }

    /// <summary>Draws a digit with gaps. Missing pixels are blue.</summary>
    /// <param name="x">Left edge.</param>
    /// <param name="y">Upper edge.</param>
    /// <param name="scale">Size of a pixel of the digit, in pixels of the page.</param>
    /// <param name="ink">The ink of each pixel, from 0 (paper) to 1 (full ink); NaN for a missing pixel.</param>
    public void Draw(int x, int y, int scale, ReadOnlySpan<float> ink)
    {
        for (int pixel = 0; pixel < DigitSet.PixelCount; pixel++)
        {
            SKColor color = float.IsNaN(ink[pixel]) ? Missing : Grey((byte)MathF.Round(255f * Math.Clamp(ink[pixel], 0f, 1f)));
            Fill(x, y, scale, pixel % DigitSet.Side, pixel / DigitSet.Side, color);
        }
    }

    /// <summary>Writes a line of text. Text beyond the edge of the page is cut off.</summary>
    /// <param name="x">Left edge.</param>
    /// <param name="y">Upper edge of the letters.</param>
    /// <param name="scale">Size of a dot of the font, in pixels of the page.</param>
    /// <param name="text">Letters without accents, digits, and common signs.</param>
    /// <param name="color">Colour of the text.</param>
    public void Write(int x, int y, int scale, string text, TextColor color = TextColor.Plain)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach ((int column, int row) in PixelFont.Dots(text))
        {
            Fill(x, y, scale, column, row, ColorOf(color));
        }
    }

    /// <summary>The page as a PNG file.</summary>
    public byte[] ToPng()
    {
        using SKData png = _bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>Writes the page into a PNG file.</summary>
    /// <param name="path">The file. Its folder is created if needed.</param>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllBytes(path, ToPng());
    }

    /// <inheritdoc/>
    public void Dispose() => _bitmap.Dispose();

    private static SKColor Grey(byte ink)
    {
        byte shade = (byte)(255 - ink);
        return new SKColor(shade, shade, shade);
    }

    private static SKColor ColorOf(TextColor color) => color switch
    {
        TextColor.Faint => new SKColor(0x70, 0x70, 0x70),
        TextColor.Right => new SKColor(0x1b, 0x7a, 0x3d),
        TextColor.Wrong => new SKColor(0xc6, 0x28, 0x28),
        _ => SKColors.Black,
    };

    private void Fill(int left, int top, int scale, int column, int row, SKColor color)
    {
        for (int i = 0; i < scale * scale; i++)
        {
            int x = left + (column * scale) + (i % scale);
            int y = top + (row * scale) + (i / scale);
            if (x >= 0 && x < _bitmap.Width && y >= 0 && y < _bitmap.Height)
            {
                _bitmap.SetPixel(x, y, color);
            }
        }
    }
}
