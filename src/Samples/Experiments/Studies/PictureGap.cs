namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Which pixels of a digit are missing.</summary>
/// <param name="Name">Small letters.</param>
/// <param name="Description">For people.</param>
/// <param name="Mask">By row of the data: true for each missing pixel.</param>
internal sealed record PictureGap(string Name, string Description, Func<int, bool[]> Mask)
{
    private const int Half = DigitSet.Side / 2;
    private const int Quarter = DigitSet.Side / 4;

    /// <summary>The lower half.</summary>
    public static PictureGap Bottom { get; } = Block("bottom", "bottom half", (_, y) => y >= Half);

    /// <summary>All that are measured.</summary>
    public static IReadOnlyList<PictureGap> All { get; } =
    [
        Block("right", "right half", (x, _) => x >= Half),
        Bottom,
        Block("centre", "centre 14×14", (x, y) => x is >= Quarter and < Half + Quarter && y is >= Quarter and < Half + Quarter),
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

    /// <summary>The pictures with NaN where pixels are missing.</summary>
    public float[,] Cut(float[,] pictures)
    {
        float[,] cut = (float[,])pictures.Clone();
        foreach ((int row, int pixel) in Missing(cut.GetLength(0)))
        {
            cut[row, pixel] = float.NaN;
        }

        return cut;
    }

    /// <summary>Mean squared error over the missing pixels.</summary>
    public double Error(float[,] truth, float[,] filled) =>
        Missing(truth.GetLength(0)).Average(at => Math.Pow(truth[at.Row, at.Pixel] - filled[at.Row, at.Pixel], 2));

    private IEnumerable<(int Row, int Pixel)> Missing(int rows) =>
        from row in Enumerable.Range(0, rows)
        let mask = Mask(row)
        from pixel in Enumerable.Range(0, DigitSet.PixelCount)
        where mask[pixel]
        select (row, pixel);
}
