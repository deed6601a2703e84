using System.Globalization;
using System.Text;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Digits as CSV, in a layout common for MNIST: <c>label,pixel0,...,pixel783</c> with pixels from 0 to 255.</summary>
public static class DigitCsv
{
    /// <summary>The header line.</summary>
    public static string Header { get; } = "label," + string.Join(',', Enumerable.Range(0, DigitSet.PixelCount).Select(i => $"pixel{i}"));

    /// <summary>Writes a set. Creates the folder if needed. An interrupted call leaves no partial file.</summary>
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

    /// <summary>Checks that a file exists and starts with a header that has the expected number of columns.</summary>
    /// <exception cref="SampleException">The check fails; the message says what was found.</exception>
    public static void CheckHeader(string path)
    {
        if (!File.Exists(path))
        {
            throw new SampleException($"File '{path}' not found. Expected a CSV file with the columns label,pixel0,...,pixel783.");
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
