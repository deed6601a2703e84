namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The figure of the slides (see docs/algorithm.md) on one page: test digits, samples of the model, and inpainting from noise to the result.</summary>
internal static class FigurePage
{
    /// <summary>Digits per line of a block.</summary>
    public const int BlockColumns = 10;

    /// <summary>Digits per block.</summary>
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
    private const int HeadHeight = (6 * Line) - 8;
    private const int Width = (2 * Margin) + (2 * BlockWidth) + BlockGap;

    /// <summary>The rounds that are shown between the start and the result.</summary>
    private static readonly int[] ShownRounds = [1, 2, 3, 5, 10];

    /// <summary>Draws the page.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="subtitle">The training data and the layers of the model.</param>
    /// <param name="originals">At most <see cref="BlockDigits"/> test digits.</param>
    /// <param name="samples">Samples of the model, at most <see cref="BlockDigits"/>.</param>
    /// <param name="completions">The digits of the lower part.</param>
    public static void Save(string path, string subtitle, IReadOnlyList<float[]> originals, IReadOnlyList<float[]> samples, Completions completions)
    {
        int blocks = Margin + (3 * Line);
        int inpainting = blocks + Line + BlockHeight + Line;
        using DigitPage page = new(Width, inpainting + HeadHeight + (completions.Whole.Length * RowPitch) - RowGap + Margin);
        page.Write(Margin, Margin, TextScale + 1, "A deep generative model of digits");
        page.Write(Margin, Margin + (3 * Line / 2), TextScale, subtitle, TextColor.Faint);
        DrawBlock(page, Margin, blocks, "Test digits", originals);
        DrawBlock(page, Margin + BlockWidth + BlockGap, blocks, "Samples: code from prior, generated downwards", samples);

        DrawInpainting(page, inpainting, completions);
        page.Save(path);
    }

    private static void DrawInpainting(DigitPage page, int top, Completions completions)
    {
        List<(string First, string Second, float[][] Inks)> columns =
        [
            ("", "original", completions.Whole),
            ("", "observed", completions.Given),
            ("start:", "noise", completions.Steps[0]),
            .. ShownRounds.Select(round => ("after", $"round {round}", completions.Steps[round])),
            ("result:", "sampled", completions.Steps[^1]),
            ("expected", "value", completions.Expected),
        ];
        page.Write(Margin, top, TextScale, $"Inpainting: missing pixels (blue) start as noise and are sampled in {Completions.Rounds} rounds");
        page.Write(Margin, top + Line, TextScale, "Method: conditional mean of a Gaussian, corrected by maps trained on masked digits.", TextColor.Faint);
        page.Write(Margin, top + (2 * Line), TextScale, "A round keeps some of the drawn pixels; the next round draws the others again.", TextColor.Faint);
        for (int c = 0; c < columns.Count; c++)
        {
            int x = Margin + (c * ColumnPitch);
            page.Write(x, top + (7 * Line / 2), TextScale, columns[c].First, TextColor.Faint);
            page.Write(x, top + (9 * Line / 2), TextScale, columns[c].Second, TextColor.Faint);
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
