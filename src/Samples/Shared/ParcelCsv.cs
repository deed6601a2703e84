using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A table with gaps, made by code: parcels whose weight goes with their size, every entry missing now and then.</summary>
public static class ParcelCsv
{
    /// <summary>The first line of a file; lengths in centimetres, weight in kilograms.</summary>
    public const string Header = "length,width,height,weight";

    private const double Missing = 0.15;

    /// <summary>Writes a file; a gap is an empty field. The folder is made where it is missing.</summary>
    public static void Write(string path, int rows, int seed = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Random random = new(seed);
        File.WriteAllLines(path, Enumerable.Range(0, rows).Select(_ => Line(random)).Prepend(Header));
    }

    private static string Line(Random random)
    {
        // Parcels of one shape in many sizes, and a density that varies a little.
        double size = 10 + (30 * random.NextDouble());
        double length = size * (1.8 + (0.2 * random.NextDouble()));
        double width = size * (1.2 + (0.2 * random.NextDouble()));
        double height = size * (0.8 + (0.2 * random.NextDouble()));
        double weight = length * width * height / 5000 * (0.9 + (0.2 * random.NextDouble()));
        return string.Join(',', new[] { length, width, height, weight }
            .Select(v => random.NextDouble() < Missing ? "" : v.ToString("0.0", CultureInfo.InvariantCulture)));
    }
}
