using System.Text.RegularExpressions;

namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>Checks that docs/algorithm.md and the comments of the code cite each other.</summary>
public sealed partial class EquationTests
{
    // Written in two parts, so that the test does not find this file.
    private const string OldCitation = "algorithms, " + "§";

    private static readonly string[] PageLines = File.ReadAllLines(Path.Combine(Packaging.Repository.Root, "docs", "algorithm.md"));

    private static readonly Equation[] Equations = [.. PageLines.Select(line => Row().Match(line)).Where(row => row.Success).Select(row =>
        new Equation(row.Groups["number"].Value, row.Groups["file"].Value, row.Groups["method"].Value))];

    [Fact]
    public void Every_equation_of_the_page_names_a_file_and_a_method_and_is_numbered_in_order()
    {
        string[] numbers = [.. PageLines.Where(line => line.StartsWith("| (", StringComparison.Ordinal)).Select(line => line.Split('(', ')')[1])];

        Assert.Equal(numbers, Equations.Select(e => e.Number));
        foreach (IGrouping<string, string> section in numbers.GroupBy(n => n.Split('.')[0]))
        {
            Assert.Equal(Enumerable.Range(1, section.Count()).Select(i => $"{section.Key}.{i}"), section);
            Assert.Contains(PageLines, line => line.StartsWith($"## {section.Key}. ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_equation_is_cited_in_the_comment_of_its_method_or_of_the_type_around_it() =>
        AssertNone(Equations.Select(Missing).OfType<string>());

    [Fact]
    public void No_source_file_cites_an_equation_that_the_page_does_not_have()
    {
        HashSet<string> known = [.. Equations.Select(e => e.Number)];

        AssertNone(
            from file in SourceFiles()
            from citation in Citation().Matches(Joined(File.ReadAllText(file)))
            from number in Number().Matches(citation.Value)
            where !known.Contains(number.Value)
            select $"{Path.GetRelativePath(Packaging.Repository.Root, file)} cites ({number.Value}), which docs/algorithm.md does not have.");
    }

    [Fact]
    public void No_source_file_cites_a_document_that_readers_do_not_have() =>
        AssertNone(
            from file in SourceFiles()
            from line in File.ReadLines(file).Index()
            where line.Item.Contains(OldCitation, StringComparison.Ordinal)
            select $"{Path.GetRelativePath(Packaging.Repository.Root, file)}, line {line.Index + 1}: cite a number of docs/algorithm.md instead of '{line.Item.Trim()}'.");

    // Assert.Equal and Assert.Empty would truncate the list.
    private static void AssertNone(IEnumerable<string> problems)
    {
        string[] all = [.. problems];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    /// <summary>Describes an equation that the code does not cite as the page says; null if it does.</summary>
    private static string? Missing(Equation equation)
    {
        string path = Path.Combine(Packaging.Repository.Root, "src", "Microsoft.ML.TargetProp", equation.File);
        if (!File.Exists(path))
        {
            return $"({equation.Number}): there is no {equation.File}.";
        }

        string[] lines = File.ReadAllLines(path);
        Regex declaration = new($@"\b{equation.Method}\s*[(<]");
        int[] LinesOf(Regex pattern) => [.. lines.Index().Where(l => !IsComment(l.Item) && pattern.IsMatch(l.Item)).Select(l => l.Index)];
        int[] declared = LinesOf(declaration);
        return declared.Length == 0 ? $"({equation.Number}): {equation.File} has no method {equation.Method}."
            : declared.Concat(LinesOf(TypeDeclaration())).Any(line => Cites(CommentAbove(lines, line), equation.Number)) ? null
            : $"({equation.Number}): no comment of {equation.File}, {equation.Method} or its type, cites docs/algorithm.md ({equation.Number}).";
    }

    private static bool Cites(string comment, string number) =>
        Citation().Matches(comment).SelectMany(citation => Number().Matches(citation.Value)).Any(n => n.Value == number);

    private static string CommentAbove(string[] lines, int line)
    {
        int first = line;
        while (first > 0 && (IsComment(lines[first - 1]) || lines[first - 1].TrimStart().StartsWith('[')))
        {
            first--;
        }

        return Joined(string.Join('\n', lines[first..line]));
    }

    private static bool IsComment(string line) => line.TrimStart().StartsWith("//", StringComparison.Ordinal);

    /// <summary>Removes line breaks within comments, because a citation may span two lines.</summary>
    private static string Joined(string text) => LineBreakInComment().Replace(text, " ");

    private static IEnumerable<string> SourceFiles() =>
        from folder in (string[])["src", "test"]
        from file in Directory.EnumerateFiles(Path.Combine(Packaging.Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        where !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")
        select file;

    /// <summary>A row of a table of equations: number, anything between, file and method, which may follow its type and a dot.</summary>
    [GeneratedRegex(@"^\| \((?<number>\d+\.\d+)\) \|.*\| `(?<file>[\w/.]+\.cs)`, `(?:\w+\.)?(?<method>\w+)` \|$")]
    private static partial Regex Row();

    /// <summary>One number or several: <c>docs/algorithm.md (2.1)</c>, <c>docs/algorithm.md (2.1, 2.2)</c>, <c>docs/algorithm.md (2.1) and (2.3)</c>.</summary>
    [GeneratedRegex(@"docs/algorithm\.md (\([\d., to]+\)(, | and | to )?)+")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\b(class|record|struct|interface) \w+")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"\s*\n\s*///?\s*")]
    private static partial Regex LineBreakInComment();

    private sealed record Equation(string Number, string File, string Method);
}
