using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A generated table with missing values: parcels whose weight depends on their size. Each entry is missing with probability 0.15.</summary>
public static class ParcelCsv
{
    /// <summary>The header line. Lengths are in centimetres, the weight is in kilograms.</summary>
    public const string Header = "length,width,height,weight";

    private const double Missing = 0.15;

    /// <summary>Writes a file. A missing value is an empty field. The folder is created if needed.</summary>
    public static void Write(string path, int rows, int seed = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Random random = new(seed);
        File.WriteAllLines(path, Enumerable.Range(0, rows).Select(_ => Line(random)).Prepend(Header));
    }

    private static string Line(Random random)
    {
        // All parcels have nearly the same proportions; their size varies by a factor of 4, their density by ±10 %.
        double size = 10 + (30 * random.NextDouble());
        double length = size * (1.8 + (0.2 * random.NextDouble()));
        double width = size * (1.2 + (0.2 * random.NextDouble()));
        double height = size * (0.8 + (0.2 * random.NextDouble()));
        double weight = length * width * height / 5000 * (0.9 + (0.2 * random.NextDouble()));
        return string.Join(',', new[] { length, width, height, weight }
            .Select(v => random.NextDouble() < Missing ? "" : v.ToString("0.0", CultureInfo.InvariantCulture)));
    }
}
