namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>
/// A part of a document that a program writes, between two lines of its own: <c>&lt;!-- begin NAME --&gt;</c> and
/// <c>&lt;!-- end NAME --&gt;</c>. The rest of the document belongs to people.
/// </summary>
internal static class MarkedSection
{
    /// <summary>Puts a text between the marks; at the end of the document, with marks, where there are none yet.</summary>
    /// <exception cref="SampleException">One mark is there without the other, or they are in the wrong order.</exception>
    public static string Replace(string document, string name, string text)
    {
        string begin = $"<!-- begin {name} -->";
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

    /// <summary>The same in a file, which is made when it is missing.</summary>
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
