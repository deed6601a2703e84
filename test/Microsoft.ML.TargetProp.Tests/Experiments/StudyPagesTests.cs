using System.Text.RegularExpressions;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>The documentation has a page and a row of findings for every study of the program, and none besides.</summary>
public sealed partial class StudyPagesTests
{
    private static readonly string Docs = Path.Combine(Packaging.Repository.Root, "docs");

    public static TheoryData<string> Names => [.. StudyCatalog.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_study_has_a_page_with_a_question_an_answer_and_its_section(string name)
    {
        IStudy study = StudyCatalog.All.Single(s => s.Name == name);
        string[] lines = File.ReadAllLines(Path.Combine(Packaging.Repository.Root, ReportWriter.PageOf(study)));

        Assert.Matches("^# .+[?]$", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("**Answer.** ", StringComparison.Ordinal));
        Assert.Single(lines, $"<!-- begin {name} -->");
        Assert.Single(lines, $"<!-- end {name} -->");
        string[] commands = [.. lines.Where(line => line.StartsWith("`dotnet run", StringComparison.Ordinal))];
        Assert.All(commands, command => Assert.Equal($"`dotnet run -c Release --project src/Samples/Experiments -- {name}`", command));
    }

    [Fact]
    public void Every_study_has_one_row_of_findings_and_every_page_is_that_of_a_study()
    {
        string[] names = [.. StudyCatalog.All.Select(s => s.Name).Order(StringComparer.Ordinal)];
        string[] rows = [.. File.ReadAllLines(Path.Combine(Docs, "experiments.md")).Where(line => line.StartsWith("| [", StringComparison.Ordinal))];

        Assert.Equal(names, rows.Select(row => Finding().Match(row).Groups["name"].Value).Order(StringComparer.Ordinal));
        Assert.Equal(names, Directory.GetFiles(Path.Combine(Docs, "experiments"), "*.md").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
    }

    /// <summary>Name and link, question, answer, figure, and a cell for disagreement.</summary>
    [GeneratedRegex(@"^\| \[(?<name>[\w-]+)\]\(experiments/\k<name>\.md\) \| [^|]+[?] \| [^|]+ \| [^|]*\d[^|]* \| [^|]*\|$")]
    private static partial Regex Finding();
}
