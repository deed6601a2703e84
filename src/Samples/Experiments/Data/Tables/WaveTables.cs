namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Two tables of Breiman, Friedman, Olshen and Stone (Classification and Regression Trees, 1984), drawn by their rules.</summary>
internal static class WaveTables
{
    /// <summary>Each class mixes two of three triangular waves in random parts, with noise.</summary>
    public static Table Waveform { get; } = new("waveform", "300 rows, 21 columns, 3 classes of mixed waves (Breiman and others)", random =>
    {
        (int First, int Second)[] mixtures = [(0, 1), (0, 2), (1, 2)];
        double[] Row(int c)
        {
            double part = random.NextDouble();
            return [.. random.Gaussians(21).Select((v, i) => v + (part * Wave(mixtures[c].First, i)) + ((1 - part) * Wave(mixtures[c].Second, i)))];
        }

        return new TableSplit(random.Rows(Draw.Balanced(300, 3), Row), random.Rows(Draw.Balanced(5_000, 3), Row));
    });

    /// <summary>The seven lights of a digital display, each wrong one time in ten, and 17 random columns.</summary>
    public static Table LightDigits { get; } = new("light-digits", "500 rows, 7 lights that fail 10 % of the time and 17 random columns, 10 classes (Breiman and others)", random =>
    {
        string[] lights = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"];
        double[] Row(int c)
        {
            IEnumerable<double> display = lights[c].Select(light => (light == '1') != (random.NextDouble() < 0.1) ? 1.0 : 0.0);
            return [.. display, .. Enumerable.Range(0, 17).Select(_ => (double)random.Next(2))];
        }

        return new TableSplit(random.Rows(Draw.Balanced(500, 10), Row), random.Rows(Draw.Balanced(5_000, 10), Row));
    });

    /// <summary>A wave with height 6 at column 6, 14 or 10 (from 0), which falls by 1 per column on both sides.</summary>
    private static double Wave(int wave, int column)
    {
        int[] peaks = [6, 14, 10];
        return Math.Max(0, 6 - Math.Abs(column - peaks[wave]));
    }
}
