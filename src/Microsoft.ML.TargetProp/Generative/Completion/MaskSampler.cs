namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Draws which entries a training row is to lose. Single entries at any rate and runs of neighbouring columns suit every vector; rectangles
/// and strips along an edge are added where the columns are the pixels of a picture, and single pixels given back inside them.
/// </summary>
/// <param name="columns">Entries of a row.</param>
/// <param name="imageWidth">Pixels in a line of the picture; 0 when the columns are no picture.</param>
/// <param name="random">Where the draws come from.</param>
/// <param name="imageHeight">Lines of the picture; 0 for as many as there are whole ones. What comes after them is a second modality.</param>
internal sealed class MaskSampler(int columns, int imageWidth, Random random, int imageHeight = 0)
{
    private readonly int _pixels = Pixels(columns, imageWidth, imageHeight);

    /// <summary>How many columns are pixels: the first ones.</summary>
    public static int Pixels(int columns, int imageWidth, int imageHeight) =>
        imageWidth == 0 ? 0 : imageHeight > 0 ? imageWidth * imageHeight : columns - columns % imageWidth;

    /// <summary>Fills <paramref name="missing"/>, <c>[columns]</c>; at least one entry is taken.</summary>
    public void Draw(Span<bool> missing)
    {
        missing.Clear();
        var kind = random.NextDouble();
        if (imageWidth > 0 && kind < 0.8)
            Rectangle(missing, strip: kind < 0.5);
        else if (imageWidth == 0 && kind < 0.2)
            Run(missing);
        else
            Entries(missing, rate: 0.05 + 0.95 * random.NextDouble(), to: true);
        if (imageWidth > 0 && random.NextDouble() < 0.2)
            Entries(missing, random.NextDouble(), to: false);
        if (_pixels > 0 && _pixels < columns)
            SecondModality(missing[.._pixels], missing[_pixels..]);
        missing[random.Next(columns)] = true;
    }

    private void Entries(Span<bool> missing, double rate, bool to)
    {
        foreach (ref var entry in missing)
        {
            if (random.NextDouble() < rate)
                entry = to;
        }
    }

    private void SecondModality(Span<bool> picture, Span<bool> rest)
    {
        var kind = random.NextDouble();
        // One of them from the other, in both directions: few pictures would else be whole when the rest is missing.
        if (kind < 0.3)
            picture.Fill(kind < 0.1);
        rest.Fill(kind >= 0.1 && (kind < 0.3 || random.Next(2) == 0));
    }

    private void Run(Span<bool> missing)
    {
        var length = random.Next(1, columns + 1);
        missing.Slice(random.Next(columns - length + 1), length).Fill(true);
    }

    /// <summary>A rectangle of 30 to 70 % of each side; a strip has one whole side, and touches an edge.</summary>
    private void Rectangle(Span<bool> missing, bool strip)
    {
        var height = _pixels / imageWidth;
        var (wide, high) = (Part(imageWidth), Part(height));
        var (left, top) = (random.Next(imageWidth - wide + 1), random.Next(height - high + 1));
        if (strip)
        {
            var end = random.Next(2);
            if (random.Next(2) == 0)
                (left, wide, top) = (0, imageWidth, end * (height - high));
            else
                (top, high, left) = (0, height, end * (imageWidth - wide));
        }
        for (var line = top; line < top + high; line++)
            missing.Slice(line * imageWidth + left, wide).Fill(true);
    }

    private int Part(int side) => Math.Max(1, (int)Math.Round(side * (0.3 + 0.4 * random.NextDouble())));
}
