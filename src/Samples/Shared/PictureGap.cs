namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A rule for the missing pixels of a digit.</summary>
/// <param name="Name">Short name in lower-case letters.</param>
/// <param name="Description">Description for display.</param>
/// <param name="Mask">The mask of a row of the data: true for a missing pixel.</param>
public sealed record PictureGap(string Name, string Description, Func<int, bool[]> Mask)
{
    private const int Half = DigitSet.Side / 2;
    private const int Quarter = DigitSet.Side / 4;

    /// <summary>The lower half.</summary>
    public static PictureGap Bottom { get; } = Block("bottom", "bottom half", (_, y) => y >= Half);

    /// <summary>The right half.</summary>
    public static PictureGap Right { get; } = Block("right", "right half", (x, _) => x >= Half);

    /// <summary>The central square, a quarter of the picture.</summary>
    public static PictureGap Centre { get; } =
        Block("centre", "centre 14×14", (x, y) => x is >= Quarter and < Half + Quarter && y is >= Quarter and < Half + Quarter);

    /// <summary>The four rules that are measured.</summary>
    public static IReadOnlyList<PictureGap> All { get; } =
    [
        Right,
        Bottom,
        Centre,
        new("random", "random half of the pixels", row =>
        {
            Random random = new(row);
            return [.. Enumerable.Range(0, DigitSet.PixelCount).Select(_ => random.Next(2) == 0)];
        }),
    ];

    private static PictureGap Block(string name, string description, Func<int, int, bool> isMissing)
    {
        bool[] mask = [.. Enumerable.Range(0, DigitSet.PixelCount).Select(p => isMissing(p % DigitSet.Side, p / DigitSet.Side))];
        return new PictureGap(name, description, _ => mask);
    }

    /// <summary>Copies the pictures and sets their missing pixels to NaN.</summary>
    public float[,] Cut(float[,] pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        float[,] cut = (float[,])pictures.Clone();
        foreach ((int row, int pixel) in Missing(cut.GetLength(0)))
        {
            cut[row, pixel] = float.NaN;
        }

        return cut;
    }

    /// <summary>Copies a picture and sets its missing pixels to NaN.</summary>
    /// <param name="picture">The pixels. They are not changed.</param>
    /// <param name="row">The row of the picture in the data.</param>
    public float[] Cut(float[] picture, int row)
    {
        ArgumentNullException.ThrowIfNull(picture);
        bool[] mask = Mask(row);
        return [.. picture.Select((ink, pixel) => mask[pixel] ? float.NaN : ink)];
    }

    /// <summary>Mean squared error over the missing pixels.</summary>
    public double Error(float[,] truth, float[,] filled)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(filled);
        return Missing(truth.GetLength(0)).Average(at => Math.Pow(truth[at.Row, at.Pixel] - filled[at.Row, at.Pixel], 2));
    }

    private IEnumerable<(int Row, int Pixel)> Missing(int rows) =>
        from row in Enumerable.Range(0, rows)
        let mask = Mask(row)
        from pixel in Enumerable.Range(0, DigitSet.PixelCount)
        where mask[pixel]
        select (row, pixel);
}
