namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A picture of a digit with a caption.</summary>
/// <param name="Pixels">The ink of each pixel, as in <see cref="DigitSet"/>.</param>
/// <param name="Caption">A short text: letters without accents, digits, and common signs.</param>
/// <param name="Wrong">Whether the prediction is wrong.</param>
public sealed record CaptionedDigit(ReadOnlyMemory<byte> Pixels, string Caption, bool Wrong);

/// <summary>Draws sheets of captioned digits as PNG files.</summary>
public static class DigitSheet
{
    /// <summary>Size of a pixel of a digit, in pixels of the sheet.</summary>
    public const int Scale = 3;

    private const int Gap = 8;
    private const int Picture = DigitSet.Side * Scale;
    private const int CaptionScale = 2;
    private const int CaptionHeight = (PixelFont.Height * CaptionScale) + 8;
    private const int CellWidth = Picture + Gap;
    private const int CellHeight = Picture + CaptionHeight + Gap;

    /// <summary>Position of a digit's top left pixel on a sheet.</summary>
    public static (int X, int Y) PlaceOf(int index, int columns) =>
        (Gap + (index % columns * CellWidth), Gap + (index / columns * CellHeight));

    /// <summary>Writes a sheet. The caption of a correct prediction is green, that of a wrong prediction red.</summary>
    /// <param name="path">The PNG file. Its folder is created if needed.</param>
    /// <param name="digits">The digits, row by row.</param>
    /// <param name="columns">Digits per row.</param>
    public static void Save(string path, IReadOnlyList<CaptionedDigit> digits, int columns = 10)
    {
        ArgumentNullException.ThrowIfNull(digits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        int rows = (digits.Count + columns - 1) / columns;
        using DigitPage page = new(
            Gap + (Math.Max(1, Math.Min(columns, digits.Count)) * CellWidth),
            Gap + (Math.Max(1, rows) * CellHeight));
        for (int i = 0; i < digits.Count; i++)
        {
            (int x, int y) = PlaceOf(i, columns);
            CaptionedDigit digit = digits[i];
            page.Draw(x, y, Scale, digit.Pixels.Span);
            int indent = (Picture - DigitPage.WidthOf(digit.Caption, CaptionScale)) / 2;
            page.Write(x + indent, y + Picture + 4, CaptionScale, digit.Caption, digit.Wrong ? TextColor.Wrong : TextColor.Right);
        }

        page.Save(path);
    }
}
