namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The slides' figure on one page: original examples, samples of the model, and digits on their way from noise to the inpainted result.</summary>
internal static class FigurePage
{
    /// <summary>Digits in a line of a block.</summary>
    public const int BlockColumns = 10;

    /// <summary>Digits in a block.</summary>
    public const int BlockDigits = 5 * BlockColumns;

    private const int Margin = 24;
    private const int TextScale = 2;
    private const int Line = 24;
    private const int BlockScale = 2;
    private const int BlockPitch = BlockScale * DigitSet.Side;
    private const int BlockWidth = BlockColumns * BlockPitch;
    private const int BlockHeight = BlockDigits / BlockColumns * BlockPitch;
    private const int BlockGap = 48;
    private const int RowScale = 3;
    private const int ColumnPitch = 120;
    private const int RowGap = 12;
    private const int RowPitch = (RowScale * DigitSet.Side) + RowGap;
    private const int HeadHeight = (4 * Line) - 8;
    private const int Width = (2 * Margin) + (2 * BlockWidth) + BlockGap;

    /// <summary>The rounds that have a column of their own, before the last.</summary>
    private static readonly int[] ShownRounds = [1, 2, 3, 5, 10];

    /// <summary>Draws the page.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="subtitle">What the model learned from.</param>
    /// <param name="originals">Ink of <see cref="BlockDigits"/> digits, or fewer.</param>
    /// <param name="samples">As many that the model made.</param>
    /// <param name="completions">The rows of the lower part.</param>
    public static void Save(string path, string subtitle, IReadOnlyList<float[]> originals, IReadOnlyList<float[]> samples, Completions completions)
    {
        int blocks = Margin + (3 * Line);
        int inpainting = blocks + Line + BlockHeight + Line;
        using DigitPage page = new(Width, inpainting + HeadHeight + (completions.Whole.Length * RowPitch) - RowGap + Margin);
        page.Write(Margin, Margin, TextScale + 1, "Digits by iterated target propagation");
        page.Write(Margin, Margin + (3 * Line / 2), TextScale, subtitle, TextColor.Faint);
        DrawBlock(page, Margin, blocks, "Original examples", originals);
        DrawBlock(page, Margin + BlockWidth + BlockGap, blocks, "Samples of the model", samples);

        DrawInpainting(page, inpainting, completions);
        page.Save(path);
    }

    private static void DrawInpainting(DigitPage page, int top, Completions completions)
    {
        List<(string First, string Second, float[][] Inks)> columns =
        [
            ("", "original", completions.Whole),
            ("what is", "left", completions.Given),
            ("start:", "noise", completions.Steps[0]),
            .. ShownRounds.Select(round => ("after", round == 1 ? "1 round" : $"{round} rounds", completions.Steps[round])),
            ("result:", "sampled", completions.Steps[^1]),
            ("expected", "value", completions.Expected),
        ];
        page.Write(Margin, top, TextScale, $"Inpainting: missing pixels (blue) start as noise, and are filled in {Completions.Rounds} rounds");
        for (int c = 0; c < columns.Count; c++)
        {
            int x = Margin + (c * ColumnPitch);
            page.Write(x, top + (3 * Line / 2), TextScale, columns[c].First, TextColor.Faint);
            page.Write(x, top + (5 * Line / 2), TextScale, columns[c].Second, TextColor.Faint);
            for (int i = 0; i < completions.Whole.Length; i++)
            {
                page.Draw(x, top + HeadHeight + (i * RowPitch), RowScale, columns[c].Inks[i]);
            }
        }
    }

    private static void DrawBlock(DigitPage page, int left, int top, string caption, IReadOnlyList<float[]> digits)
    {
        page.Write(left, top, TextScale, caption);
        for (int i = 0; i < digits.Count; i++)
        {
            page.Draw(left + (i % BlockColumns * BlockPitch), top + Line + (i / BlockColumns * BlockPitch), BlockScale, digits[i]);
        }
    }
}
