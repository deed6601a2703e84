using System.Net;
using System.Text;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>Findings as a page for a browser: one file with its pictures inside, without scripts.</summary>
internal static class HtmlPage
{
    private const string Style = """
        body { margin: 0; background: #f4f5f7; color: #1f2933; font: 16px/1.5 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
        main { max-width: 1400px; margin: 0 auto; padding: 32px 24px 64px; }
        h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; }
        h2 { font-size: 20px; margin: 0 0 12px; }
        p { margin: 0; }
        header p { max-width: 80ch; color: #52606d; }
        table { border-collapse: collapse; background: #fff; margin: 24px 0; width: 100%; border-radius: 10px; overflow: hidden; box-shadow: 0 1px 3px #0002; }
        th { font-weight: 500; font-size: 13px; color: #52606d; text-align: right; padding: 12px 16px 4px; vertical-align: bottom; }
        td { font-size: 20px; font-variant-numeric: tabular-nums; text-align: right; padding: 4px 16px 12px; border-bottom: 1px solid #eef0f3; white-space: nowrap; }
        th.words, td.words { text-align: left; font-size: 16px; white-space: normal; }
        section { background: #fff; border-radius: 10px; box-shadow: 0 1px 3px #0002; padding: 20px 24px; margin: 24px 0; }
        .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 12px; }
        .plots img { width: 100%; height: auto; display: block; margin: 0 auto; max-width: 640px; }
        section p { color: #52606d; margin-top: 12px; }
        """;

    /// <summary>The page as HTML.</summary>
    public static string Of(Findings findings)
    {
        StringBuilder page = new();
        page.Append($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{Text(findings.Title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<main>\n");
        page.Append($"<header>\n<h1>{Text(findings.Title)}</h1>\n<p>{Text(findings.Text)}</p>\n</header>\n");
        foreach (MarkdownTable table in findings.Tables)
        {
            page.Append("<table>\n");
            AppendRow(page, "th", table.Columns, table.TextColumns);
            foreach (IReadOnlyList<string> row in table.Rows)
            {
                AppendRow(page, "td", row, table.TextColumns);
            }

            page.Append("</table>\n");
        }

        foreach (PictureRow row in findings.Pictures)
        {
            page.Append($"<section>\n<h2>{Text(row.Heading)}</h2>\n<div class=\"plots\">\n");
            foreach (NamedPlot plot in row.Plots)
            {
                page.Append($"<img alt=\"{Text(plot.Caption)}\" src=\"{plot.ToDataUri()}\">\n");
            }

            page.Append($"</div>\n<p>{Text(row.Meaning)}</p>\n</section>\n");
        }

        return page.Append("</main>\n</body>\n</html>\n").ToString().ReplaceLineEndings("\n");
    }

    private static void AppendRow(StringBuilder page, string cell, IReadOnlyList<string> values, int textColumns)
    {
        page.Append("<tr>");
        for (int c = 0; c < values.Count; c++)
        {
            page.Append($"<{cell}{(c < textColumns ? " class=\"words\"" : "")}>{Text(values[c])}</{cell}>");
        }

        page.Append("</tr>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
