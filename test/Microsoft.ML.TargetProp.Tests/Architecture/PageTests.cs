using System.Text.RegularExpressions;

namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>Checks that the pages of the repository link to existing files.</summary>
public sealed partial class PageTests
{
    private static readonly string Root = Packaging.Repository.Root;

    private static readonly string[] Pages =
        [.. Directory.GetFiles(Root, "*.md"), .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)];

    [Fact]
    public void Every_link_and_picture_of_a_page_points_to_an_existing_file_or_heading()
    {
        string[] broken =
        [
            .. from page in Pages
               from link in Link().Matches(File.ReadAllText(page))
               let target = link.Groups["target"].Value
               where !target.Contains("://", StringComparison.Ordinal) && !Exists(page, target)
               select $"{Path.GetRelativePath(Root, page)}: {target}",
        ];

        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Every_source_file_that_a_page_names_by_its_path_exists()
    {
        string[] folders = [Root, Path.Combine(Root, "src", "Microsoft.ML.TargetProp"), Path.Combine(Root, "test", "Microsoft.ML.TargetProp.Tests")];

        string[] missing =
        [
            .. from page in Pages
               where Path.GetFileName(page) != "CHANGELOG.md"
               from file in SourceFile().Matches(File.ReadAllText(page)).Select(m => m.Groups["path"].Value).Distinct()
               where !folders.Any(folder => File.Exists(Path.Combine(folder, file)))
               select $"{Path.GetRelativePath(Root, page)}: {file}",
        ];

        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Fact]
    public void The_layout_names_every_folder_of_source_files()
    {
        string layout = File.ReadAllText(Path.Combine(Root, "CONTRIBUTING.md"));
        string[] omitted =
        [
            .. from tree in (string[])["src/Microsoft.ML.TargetProp", "src/Samples", "test/Microsoft.ML.TargetProp.Tests"]
               from file in Directory.EnumerateFiles(Path.Combine(Root, tree), "*.cs", SearchOption.AllDirectories)
               let parts = Path.GetRelativePath(Path.Combine(Root, tree), file).Split(Path.DirectorySeparatorChar)
               where !parts.Any(part => part is "bin" or "obj")
               from folder in parts.SkipLast(1).Take(2)
               where !layout.Contains(folder + "/", StringComparison.Ordinal) && !IsMirrored(tree, folder)
               select $"{tree}: {folder}/",
        ];

        Assert.True(omitted.Length == 0, string.Join('\n', omitted.Distinct()));
    }

    /// <summary>The tests have folders like those of the library, which the layout names once.</summary>
    private static bool IsMirrored(string tree, string folder) => tree.StartsWith("test", StringComparison.Ordinal)
        && Directory.EnumerateDirectories(Path.Combine(Root, "src", "Microsoft.ML.TargetProp"), folder, SearchOption.AllDirectories).Any();

    private static bool Exists(string page, string target)
    {
        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return parts.Length == 1
            ? File.Exists(path) || Directory.Exists(path)
            : File.Exists(path) && File.ReadLines(path).Where(line => line.StartsWith('#')).Any(line => Anchor(line) == parts[1]);
    }

    /// <summary>The name that GitHub gives a heading.</summary>
    private static string Anchor(string heading) =>
        NotInAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<path>[\w.-]+(/[\w.-]+)+\.(cs|csproj|targets|props))`")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
