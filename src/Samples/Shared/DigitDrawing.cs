using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// A digit drawn in a terminal, 14 characters wide and 7 high: each character shows two dots, one above the other, and a dot is
/// the mean of four pixels. Shades of grey where the terminal has colours, else half blocks alone.
/// </summary>
public sealed class DigitDrawing : IRenderable
{
    /// <summary>Characters in a line of the drawing.</summary>
    public const int Width = DigitSet.Side / 2;

    // Of the brightness of a dot: below it no block is drawn where there are no colours.
    private const int Threshold = 80;

    private readonly ReadOnlyMemory<byte> _pixels;

    /// <summary>Makes a drawing of a picture of 28 by 28 pixels.</summary>
    public DigitDrawing(ReadOnlyMemory<byte> pixels)
    {
        if (pixels.Length != DigitSet.PixelCount)
        {
            throw new ArgumentException($"A digit has {DigitSet.PixelCount} pixels, not {pixels.Length}.", nameof(pixels));
        }

        _pixels = pixels;
    }

    /// <inheritdoc/>
    public Measurement Measure(RenderOptions options, int maxWidth) => new(Width, Width);

    /// <inheritdoc/>
    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        ArgumentNullException.ThrowIfNull(options);
        for (int line = 0; line < Width / 2; line++)
        {
            for (int column = 0; column < Width; column++)
            {
                byte upper = Dot(column, 2 * line);
                byte lower = Dot(column, (2 * line) + 1);
                yield return !options.Ansi || options.ColorSystem == ColorSystem.NoColors
                    ? new Segment(Block(upper > Threshold, lower > Threshold, options.Unicode))
                    : new Segment("▀", new Style(Grey(upper), Grey(lower)));
            }

            yield return Segment.LineBreak;
        }
    }

    private static string Block(bool upper, bool lower, bool unicode) => (upper, lower) switch
    {
        (true, true) => unicode ? "█" : "#",
        (true, false) => unicode ? "▀" : "\"",
        (false, true) => unicode ? "▄" : "_",
        _ => " ",
    };

    private static Color Grey(byte value) => new(value, value, value);

    private byte Dot(int x, int y)
    {
        ReadOnlySpan<byte> p = _pixels.Span;
        int corner = (2 * y * DigitSet.Side) + (2 * x);
        return (byte)((p[corner] + p[corner + 1] + p[corner + DigitSet.Side] + p[corner + DigitSet.Side + 1]) / 4);
    }
}
