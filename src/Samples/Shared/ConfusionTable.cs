using System.Globalization;
using Microsoft.ML.Data;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Shows a confusion matrix as a table.</summary>
public static class ConfusionTable
{
    /// <summary>
    /// Creates a table with a row per true class and a column per predicted class. The last column is the recall of each class,
    /// the last row the precision.
    /// </summary>
    /// <param name="matrix">The matrix from ML.NET's evaluation.</param>
    /// <param name="classNames">The class names in the order of the label's key values.</param>
    public static Table Create(ConfusionMatrix matrix, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(classNames);
        if (matrix.NumberOfClasses != classNames.Count)
        {
            throw new ArgumentException(
                $"Found {classNames.Count} class names, expected {matrix.NumberOfClasses}, one per class of the matrix.", nameof(classNames));
        }

        Table table = new Table().Border(TableBorder.Simple).Title("Confusion matrix (rows: true class, columns: predicted class)");
        table.AddColumn(new TableColumn("").PadLeft(0).PadRight(1).NoWrap());
        foreach (string name in classNames)
        {
            table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned().PadLeft(0).PadRight(1).NoWrap());
        }

        table.AddColumn(new TableColumn("recall").RightAligned().PadLeft(0).PadRight(0).NoWrap());
        for (int actual = 0; actual < classNames.Count; actual++)
        {
            List<string> cells = [$"[bold]{Markup.Escape(classNames[actual])}[/]"];
            for (int predicted = 0; predicted < classNames.Count; predicted++)
            {
                cells.Add(Cell(matrix.GetCountForClassPair(predicted, actual), actual == predicted));
            }

            cells.Add(Share(matrix.PerClassRecall[actual]));
            table.AddRow([.. cells]);
        }

        // Whole percents keep the columns narrow.
        table.AddRow(["[dim]prec.[/]", .. matrix.PerClassPrecision.Select(p => $"[dim]{Percent(p, "0")}[/]"), ""]);
        return table;
    }

    private static string Cell(double count, bool right)
    {
        string text = count.ToString("0", CultureInfo.InvariantCulture);
        return count == 0 ? "[dim].[/]" : right ? $"[green]{text}[/]" : $"[red]{text}[/]";
    }

    private static string Share(double value) => Percent(value, "0.0") + " %";

    private static string Percent(double value, string format) =>
        double.IsFinite(value) ? (100 * value).ToString(format, CultureInfo.InvariantCulture) : "-";
}
