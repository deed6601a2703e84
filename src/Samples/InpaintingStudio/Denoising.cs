namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>Digits with noise and their denoised versions.</summary>
/// <param name="Name">The kind of noise.</param>
/// <param name="Noisy">The digits with noise, ink in [0, 1].</param>
/// <param name="Denoised">The digits after denoising.</param>
internal sealed record Denoising(string Name, float[][] Noisy, float[][] Denoised)
{
    private const int Margin = 16;
    private const int Line = 24;
    private const int TextScale = 2;
    private const int Scale = 3;
    private const int Pitch = (Scale * DigitSet.Side) + 8;
    private const int LabelWidth = 136;

    private static readonly (string Name, Func<float, Random, float> Spoil)[] Kinds =
    [
        ("Gaussian noise, sigma 0.3", (ink, random) => Math.Clamp(ink + (0.3f * Normal(random)), 0f, 1f)),
        ("one pixel in five black or white", (ink, random) => random.Next(5) == 0 ? random.Next(2) : ink),
    ];

    /// <summary>Adds each kind of noise to the digits and denoises them.</summary>
    public static IReadOnlyList<Denoising> All(TargetPropGenerativeModel model, float[][] digits, int seed)
    {
        List<Denoising> all = [];
        foreach ((string name, Func<float, Random, float> spoil) in Kinds)
        {
            Random random = new(seed);
            float[][] noisy = [.. digits.Select(ink => ink.Select(p => spoil(p, random)).ToArray())];
            all.Add(new Denoising(name, noisy, model.Denoise(noisy)));
        }

        return all;
    }

    /// <summary>Mean squared error per pixel.</summary>
    public static double Error(float[][] pictures, float[][] truth) =>
        pictures.Zip(truth).Average(pair => pair.First.Zip(pair.Second).Average(p => (double)(p.First - p.Second) * (p.First - p.Second)));

    /// <summary>Draws the first digits of each kind of noise.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="source">The training data of the model.</param>
    /// <param name="truth">The digits without noise.</param>
    /// <param name="all">The denoised digits of each kind of noise.</param>
    /// <param name="columns">Digits per kind of noise.</param>
    public static void Save(string path, string source, float[][] truth, IReadOnlyList<Denoising> all, int columns)
    {
        int head = Margin + (3 * Line / 2);
        int blockHeight = Line + (3 * Pitch) + Line;
        using DigitPage page = new((2 * Margin) + LabelWidth + (columns * Pitch) - 8, head + (all.Count * blockHeight) - 8);
        page.Write(Margin, Margin, TextScale, $"{source}; denoised: inference, then generation from layer 1", TextColor.Faint);
        for (int block = 0; block < all.Count; block++)
        {
            int top = head + (block * blockHeight);
            page.Write(Margin, top, TextScale, all[block].Name);
            (string Caption, float[][] Inks)[] lines = [("original", truth), ("with noise", all[block].Noisy), ("denoised", all[block].Denoised)];
            for (int line = 0; line < lines.Length; line++)
            {
                int y = top + Line + (line * Pitch);
                page.Write(Margin, y + ((Pitch - Line) / 2), TextScale, lines[line].Caption, TextColor.Faint);
                for (int i = 0; i < columns; i++)
                {
                    page.Draw(Margin + LabelWidth + (i * Pitch), y, Scale, lines[line].Inks[i]);
                }
            }
        }

        page.Save(path);
    }

    private static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
