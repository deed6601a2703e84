using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// Draws a digit in a terminal, 14 characters wide and 7 high. A character shows two dots, one above the other, and a dot is the
/// mean of four pixels. A terminal with colours shows shades of grey; any other terminal shows half blocks.
/// </summary>
public sealed class DigitDrawing : IRenderable
{
    /// <summary>Width of the drawing in characters.</summary>
    public const int Width = DigitSet.Side / 2;

    // Without colours, a dot is drawn if its brightness exceeds this.
    private const int Threshold = 80;

    private readonly ReadOnlyMemory<byte> _pixels;

    /// <summary>Creates a drawing of a picture of 28 × 28 pixels.</summary>
    public DigitDrawing(ReadOnlyMemory<byte> pixels)
    {
        if (pixels.Length != DigitSet.PixelCount)
        {
            throw new ArgumentException($"Found {pixels.Length} pixels, expected {DigitSet.PixelCount}.", nameof(pixels));
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
