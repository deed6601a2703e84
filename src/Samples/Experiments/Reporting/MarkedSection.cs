namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>
/// The part of a document that a program writes, between the lines <c>&lt;!-- begin NAME --&gt;</c> and
/// <c>&lt;!-- end NAME --&gt;</c>. The rest of the document is written by hand.
/// </summary>
internal static class MarkedSection
{
    /// <summary>Whether a document has the first mark of a section.</summary>
    public static bool IsIn(string document, string name) => document.Contains(Begin(name), StringComparison.Ordinal);

    /// <summary>Replaces the text between the marks. Without marks, appends text and marks to the document.</summary>
    /// <exception cref="SampleException">One mark is missing, or they are in the wrong order.</exception>
    public static string Replace(string document, string name, string text)
    {
        string begin = Begin(name);
        string end = $"<!-- end {name} -->";
        string section = $"{begin}\n{text.ReplaceLineEndings("\n").Trim('\n')}\n{end}";
        string clean = document.ReplaceLineEndings("\n");
        int first = clean.IndexOf(begin, StringComparison.Ordinal);
        int last = clean.IndexOf(end, StringComparison.Ordinal);
        if (first < 0 && last < 0)
        {
            return clean.TrimEnd('\n') + (clean.Length == 0 ? "" : "\n\n") + section + "\n";
        }

        return first >= 0 && last > first
            ? clean[..first] + section + clean[(last + end.Length)..]
            : throw new SampleException($"The document needs the lines '{begin}' and '{end}', once each and in this order.");
    }

    private static string Begin(string name) => $"<!-- begin {name} -->";

    /// <summary>Replaces the text between the marks of a file; a missing file is made.</summary>
    public static void Write(string path, string name, string text)
    {
        string document = File.Exists(path) ? File.ReadAllText(path) : "";
        try
        {
            File.WriteAllText(path, Replace(document, name, text));
        }
        catch (SampleException e)
        {
            throw new SampleException($"{path}: {e.Message}", e);
        }
    }
}
