using SkiaSharp;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A picture of a digit with what is to be said about it.</summary>
/// <param name="Pixels">The ink of each pixel, as in <see cref="DigitSet"/>.</param>
/// <param name="Caption">A short text of digits, blanks and the signs <c>%().-?</c>.</param>
/// <param name="Wrong">Whether the model was mistaken.</param>
public sealed record CaptionedDigit(ReadOnlyMemory<byte> Pixels, string Caption, bool Wrong);

/// <summary>Draws sheets of digits with captions below them, as PNG files.</summary>
public static class DigitSheet
{
    /// <summary>Pixels of the sheet on each side of a pixel of a digit.</summary>
    public const int Scale = 3;

    private const int Gap = 8;
    private const int Picture = DigitSet.Side * Scale;
    private const int CaptionScale = 2;
    private const int CaptionHeight = (PixelFont.Height * CaptionScale) + 8;
    private const int CellWidth = Picture + Gap;
    private const int CellHeight = Picture + CaptionHeight + Gap;

    private static readonly SKColor Background = new(0xf4, 0xf4, 0xf2);
    private static readonly SKColor Right = new(0x1b, 0x7a, 0x3d);
    private static readonly SKColor Mistaken = new(0xc6, 0x28, 0x28);

    /// <summary>The place of a digit's top left pixel on a sheet.</summary>
    public static (int X, int Y) PlaceOf(int index, int columns) =>
        (Gap + (index % columns * CellWidth), Gap + (index / columns * CellHeight));

    /// <summary>Writes a sheet: black ink on white paper, the caption green below a right answer, red below a wrong one.</summary>
    /// <param name="path">The PNG file; the folder is made where it is missing.</param>
    /// <param name="digits">The digits, row by row.</param>
    /// <param name="columns">Digits in a row.</param>
    public static void Save(string path, IReadOnlyList<CaptionedDigit> digits, int columns = 10)
    {
        ArgumentNullException.ThrowIfNull(digits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        int rows = (digits.Count + columns - 1) / columns;
        SKImageInfo info = new(
            Gap + (Math.Max(1, Math.Min(columns, digits.Count)) * CellWidth),
            Gap + (Math.Max(1, rows) * CellHeight),
            SKColorType.Rgba8888,
            SKAlphaType.Opaque);
        using SKBitmap sheet = new(info);
        sheet.Erase(Background);
        for (int i = 0; i < digits.Count; i++)
        {
            (int x, int y) = PlaceOf(i, columns);
            DrawPicture(sheet, digits[i].Pixels.Span, x, y);
            DrawCaption(sheet, digits[i], x, y + Picture + 4);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using SKData png = sheet.Encode(SKEncodedImageFormat.Png, 100);
        using FileStream file = File.Create(path);
        png.SaveTo(file);
    }

    private static void DrawPicture(SKBitmap sheet, ReadOnlySpan<byte> pixels, int left, int top)
    {
        for (int y = 0; y < Picture; y++)
        {
            for (int x = 0; x < Picture; x++)
            {
                byte shade = (byte)(255 - pixels[(y / Scale * DigitSet.Side) + (x / Scale)]);
                sheet.SetPixel(left + x, top + y, new SKColor(shade, shade, shade));
            }
        }
    }

    private static void DrawCaption(SKBitmap sheet, CaptionedDigit digit, int left, int top)
    {
        SKColor color = digit.Wrong ? Mistaken : Right;
        int x = left + ((Picture - (PixelFont.WidthOf(digit.Caption) * CaptionScale)) / 2);
        foreach ((int column, int row) in PixelFont.Dots(digit.Caption))
        {
            for (int i = 0; i < CaptionScale * CaptionScale; i++)
            {
                int dotX = x + (column * CaptionScale) + (i % CaptionScale);
                if (dotX >= 0 && dotX < sheet.Width)
                {
                    sheet.SetPixel(dotX, top + (row * CaptionScale) + (i / CaptionScale), color);
                }
            }
        }
    }
}
