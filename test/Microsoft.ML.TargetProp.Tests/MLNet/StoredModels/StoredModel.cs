using System.Globalization;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// A model's .zip as a page of text, with rows and the numbers that it gave for them when it was saved. A line "# output NAME" begins the values of
/// an output column, "# zip" the file in base64.
/// </summary>
internal sealed class StoredModel
{
    private const string RowsTitle = "# rows", OutputTitle = "# output ", ZipTitle = "# zip";
    private const int Base64Columns = 120;

    public required byte[] Zip { get; init; }

    /// <summary>The feature vectors, NaN where missing.</summary>
    public required float[][] Rows { get; init; }

    /// <summary>The values of every output column for these rows.</summary>
    public required IReadOnlyDictionary<string, float[][]> Outputs { get; init; }

    /// <summary>Saves a model, and transforms the rows.</summary>
    public static StoredModel Of(MLContext ml, ITransformer model, IDataView trained, float[][] rows, params string[] columns)
    {
        IDataView scored = model.Transform(View(ml, rows));
        return new()
        {
            Zip = Models.Zip(ml, model, trained.Schema),
            Rows = rows,
            Outputs = columns.ToDictionary(c => c, c => Values(scored, c)),
        };
    }

    public static IDataView View(MLContext ml, float[][] rows) => ml.Data.LoadFromEnumerable(rows.Select(r => new Row { Features = r }));

    /// <summary>The rows of a column of numbers or vectors.</summary>
    public static float[][] Values(IDataView view, string column) => view.Schema[column].Type is VectorDataViewType
        ? [.. view.GetColumn<float[]>(column)]
        : [.. view.GetColumn<float>(column).Select(v => new[] { v })];

    public string ToText()
    {
        StringBuilder text = new();
        Append(text, RowsTitle, Rows.Select(Line));
        foreach ((string column, float[][] values) in Outputs)
            Append(text, OutputTitle + column, values.Select(Line));
        Append(text, ZipTitle, Convert.ToBase64String(Zip).Chunk(Base64Columns).Select(line => new string(line)));
        return text.ToString();
    }

    public static StoredModel Parse(string text)
    {
        Dictionary<string, string[]> parts = text.ReplaceLineEndings("\n").Split("# ", StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(lines => "# " + lines[0], lines => lines[1..]);
        return new()
        {
            Zip = Convert.FromBase64String(string.Concat(parts[ZipTitle])),
            Rows = [.. parts[RowsTitle].Select(Numbers)],
            Outputs = parts.Where(p => p.Key.StartsWith(OutputTitle, StringComparison.Ordinal))
                .ToDictionary(p => p.Key[OutputTitle.Length..], p => p.Value.Select(Numbers).ToArray()),
        };
    }

    private static void Append(StringBuilder text, string title, IEnumerable<string> lines) => text.Append(title).Append('\n').AppendJoin('\n', lines).Append('\n');

    private static string Line(float[] numbers) => string.Join(' ', numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));

    private static float[] Numbers(string line) => [.. line.Split(' ').Select(n => float.Parse(n, CultureInfo.InvariantCulture))];

    /// <summary>A row to score. A pipeline that begins with the label asks for one.</summary>
    private sealed class Row
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = Tables.Kinds[0];
    }
}
