using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>
/// A table from a file: a line of column names, then one line per row, with commas between the cells and the label in the last column. An empty
/// cell or a question mark is a gap.
/// </summary>
/// <remarks>
/// A column of numbers is one feature, NaN in a gap. A column with any other text is one-hot: a feature for each of its texts, in ordinal order, and
/// all of them 0 in a gap. The texts are those of the whole table, so every split has the same features.
/// </remarks>
/// <param name="Name">Name of the file without extension.</param>
/// <param name="Columns">Number of columns in the file, without the label.</param>
/// <param name="Gaps">Number of gaps in them.</param>
/// <param name="Features">The features of each row.</param>
/// <param name="Labels">The label of each row as text.</param>
internal sealed record CsvTable(string Name, int Columns, int Gaps, IReadOnlyList<float[]> Features, IReadOnlyList<string> Labels)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="SampleException">The file has no rows, or a row with another number of cells than the first line.</exception>
    public static CsvTable Read(string path)
    {
        string[][] lines = [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => line.Split(',', StringSplitOptions.TrimEntries))];
        string name = Path.GetFileNameWithoutExtension(path);
        if (lines.Length < 2)
        {
            throw new SampleException($"{name}: found {lines.Length} lines, expected a line of column names and at least one row.");
        }

        int wrong = Array.FindIndex(lines, line => line.Length != lines[0].Length);
        if (wrong >= 0)
        {
            throw new SampleException($"{name}, line {wrong + 1}: found {lines[wrong].Length} cells, expected {lines[0].Length} as in the first line.");
        }

        int columns = lines[0].Length - 1;
        string[][] rows = lines[1..];
        Func<string, float[]>[] encodings = [.. Enumerable.Range(0, columns).Select(c => Encoding(rows.Select(row => row[c])))];
        return new CsvTable(
            name, columns, rows.Sum(row => row.Take(columns).Count(IsGap)),
            [.. rows.Select(row => encodings.SelectMany((encode, c) => encode(row[c])).ToArray())], [.. rows.Select(row => row[columns])]);
    }

    private static Func<string, float[]> Encoding(IEnumerable<string> cells)
    {
        string[] texts = [.. cells.Where(cell => !IsGap(cell)).Distinct().Order(StringComparer.Ordinal)];
        return texts.All(text => TryNumber(text, out _))
            ? cell => [TryNumber(cell, out float number) ? number : float.NaN]
            : cell => [.. texts.Select(text => text == cell ? 1f : 0f)];
    }

    private static bool IsGap(string cell) => cell is "" or "?";

    private static bool TryNumber(string cell, out float number) => float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
