using System.Globalization;
using System.Text;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Digits as text, in the layout in which MNIST is often published: <c>label,pixel0,...,pixel783</c>, pixels 0 to 255.</summary>
public static class DigitCsv
{
    /// <summary>The first line of a file.</summary>
    public static string Header { get; } = "label," + string.Join(',', Enumerable.Range(0, DigitSet.PixelCount).Select(i => $"pixel{i}"));

    /// <summary>Writes a set; the folder is made where it is missing, and the file appears whole or not at all.</summary>
    public static void Write(string path, DigitSet digits)
    {
        ArgumentNullException.ThrowIfNull(digits);
        string fullPath = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(fullPath)!);
        string temporary = $"{fullPath}.{Guid.NewGuid():n}.part";
        try
        {
            using (StreamWriter writer = new(temporary))
            {
                writer.WriteLine(Header);
                StringBuilder line = new();
                for (int i = 0; i < digits.Count; i++)
                {
                    line.Clear().Append(digits.LabelName(i));
                    foreach (byte pixel in digits.Image(i).Span)
                    {
                        line.Append(CultureInfo.InvariantCulture, $",{pixel}");
                    }

                    writer.WriteLine(line);
                }
            }

            File.Move(temporary, fullPath, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Sees to it that a file is there and begins with a header of the right number of columns.</summary>
    /// <exception cref="SampleException">It is not; the message says what was found.</exception>
    public static void CheckHeader(string path)
    {
        if (!File.Exists(path))
        {
            throw new SampleException($"No such file: '{path}'. Expected a CSV file with the columns label,pixel0,...,pixel783.");
        }

        string[] columns = (File.ReadLines(path).FirstOrDefault() ?? "").Split(',');
        if (columns.Length != DigitSet.PixelCount + 1)
        {
            throw new SampleException(
                $"{path}: found {columns.Length} columns in the first line, expected {DigitSet.PixelCount + 1}: label,pixel0,...,pixel783.");
        }

        if (int.TryParse(columns[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out _))
        {
            throw new SampleException($"{path}: found numbers in the first line, expected a header: label,pixel0,...,pixel783.");
        }
    }
}
