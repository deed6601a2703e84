namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>
/// The floors of the house, ground first: Networks → Learning, Generative, Diagnostics → Data → Trainers, Transforms → the catalogue at
/// the root. Nothing imports upward, learning stands on networks alone, and the first two floors know nothing of ML.NET.
/// </summary>
internal static class Floors
{
    private static readonly string[][] GroundFirst = [["Networks"], ["Learning", "Generative", "Diagnostics"], ["Data"], ["Trainers", "Transforms"], [""]];

    /// <summary>Attributes for the compiler; they belong to no floor.</summary>
    private static readonly string[] Cellar = ["Properties"];

    private static readonly string[] WithoutMLNet = [.. GroundFirst[0], .. GroundFirst[1]];

    /// <summary>What breaks the rule, one line each; empty when the house stands.</summary>
    public static IReadOnlyList<string> Violations(IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) =>
    [
        .. folders.Where(f => FloorOf(f.Value) < 0 && !Cellar.Contains(f.Value)).Select(f => $"{f.Key} is in {f.Value}, which is on no floor"),
        .. uses.Where(IsUpward).Select(u => $"{u.User} ({u.Folder}) uses {u.Used} ({u.UsedFolder}), which stands above it"),
        .. uses.Where(u => u.Folder == "Learning" && u.UsedFolder is "Generative" or "Diagnostics")
            .Select(u => $"{u.User} (Learning) uses {u.Used} ({u.UsedFolder}), which stands on it"),
        .. uses.Where(u => WithoutMLNet.Contains(u.Folder) && IsMLNet(u.UsedAssembly)).Select(u => $"{u.User} ({u.Folder}) uses {u.Used} of {u.UsedAssembly}"),
    ];

    private static bool IsUpward(TypeUse use) => use.UsedFolder is { } used && !Cellar.Contains(used) && !Cellar.Contains(use.Folder) && FloorOf(used) > FloorOf(use.Folder);

    private static bool IsMLNet(string? assembly) => assembly is "Microsoft.ML" || assembly?.StartsWith("Microsoft.ML.", StringComparison.Ordinal) == true;

    private static int FloorOf(string folder) => Array.FindIndex(GroundFirst, floor => floor.Contains(folder));
}
