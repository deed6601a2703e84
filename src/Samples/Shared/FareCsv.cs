using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A generated table of taxi rides. Fares vary in proportion, so those of long rides vary more.</summary>
public static class FareCsv
{
    /// <summary>The header line. Distances are in kilometres, night is 0 or 1, and the fare is in euros.</summary>
    public const string Header = "distance,minutes,passengers,night,fare";

    /// <summary>Writes a file. The folder is created if needed.</summary>
    public static void Write(string path, int rows, int seed = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Random random = new(seed);
        File.WriteAllLines(path, Enumerable.Range(0, rows).Select(_ => Line(random)).Prepend(Header));
    }

    private static string Line(Random random)
    {
        // Most rides are short. Traffic decides how long they take, and there is a minimum fare.
        double distance = Math.Min(40, 0.5 - (5 * Math.Log(1 - random.NextDouble())));
        double minutes = distance * (1.5 + (2 * random.NextDouble())) + (4 * random.NextDouble());
        int passengers = random.Next(1, 5), night = random.NextDouble() < 0.25 ? 1 : 0;
        double fare = Math.Max(7, (3.2 + (1.9 * distance) + (0.45 * minutes)) * (1 + (0.25 * night)) * (0.9 + (0.2 * random.NextDouble())));
        return string.Join(',', new[] { distance, minutes, passengers, night, fare }.Select(v => v.ToString("0.##", CultureInfo.InvariantCulture)));
    }
}
