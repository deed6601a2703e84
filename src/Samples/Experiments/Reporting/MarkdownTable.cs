using System.Text;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>A table in Markdown that also reads well as plain text.</summary>
internal sealed class MarkdownTable
{
    private readonly string[] _columns;
    private readonly List<string[]> _rows = [];

    /// <summary>Makes a table without rows.</summary>
    public MarkdownTable(params string[] columns)
    {
        _columns = columns;
    }

    /// <summary>Number of columns for words, aligned left. The others are for numbers, aligned right.</summary>
    public int TextColumns { get; init; } = 1;

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    public MarkdownTable Add(params string[] cells)
    {
        if (cells.Length != _columns.Length)
        {
            throw new ArgumentException($"{cells.Length} cells for {_columns.Length} columns.", nameof(cells));
        }

        // An unescaped bar ends a cell.
        _rows.Add([.. cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))]);
        return this;
    }

    /// <summary>The Markdown, one line per row.</summary>
    public override string ToString()
    {
        int[] widths = [.. _columns.Select((name, c) => Math.Max(3, _rows.Select(row => row[c].Length).Append(name.Length).Max()))];
        StringBuilder text = new();
        AppendRow(text, _columns, widths);
        text.Append('|');
        for (int c = 0; c < widths.Length; c++)
        {
            text.Append(' ').Append('-', c < TextColumns ? widths[c] : widths[c] - 1).Append(c < TextColumns ? " |" : ": |");
        }

        text.AppendLine();
        foreach (string[] row in _rows)
        {
            AppendRow(text, row, widths);
        }

        return text.ToString();
    }

    private void AppendRow(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (int c = 0; c < cells.Length; c++)
        {
            text.Append(' ').Append(c < TextColumns ? cells[c].PadRight(widths[c]) : cells[c].PadLeft(widths[c])).Append(" |");
        }

        text.AppendLine();
    }
}
