namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>
/// The rule for dependencies between the folders of the library. From bottom to top, the floors are: Core; the three models Supervised,
/// Autoencoder and Generative; MLNet; the catalog at the root. No type uses a type of a higher floor, no model uses another model, and
/// only MLNet and the catalog use ML.NET.
/// </summary>
internal static class Floors
{
    private static readonly string[] Models = ["Supervised", "Autoencoder", "Generative"];

    private static readonly string[][] GroundFirst = [["Core"], Models, ["MLNet"], [""]];

    /// <summary>Attributes for the compiler, which belong to no floor.</summary>
    private static readonly string[] Cellar = ["Properties"];

    private static readonly string[] WithoutMLNet = [.. GroundFirst[0], .. GroundFirst[1]];

    /// <summary>One line per violation of the rule.</summary>
    public static IReadOnlyList<string> Violations(IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) =>
    [
        .. folders.Where(f => FloorOf(f.Value) < 0 && !Cellar.Contains(f.Value)).Select(f => $"{f.Key} is in {f.Value}, which belongs to no floor"),
        .. uses.Where(IsUpward).Select(u => $"{u.User} ({u.Folder}) uses {u.Used} ({u.UsedFolder}), which is on a higher floor"),
        .. uses.Where(u => Models.Contains(u.Folder) && Models.Contains(u.UsedFolder) && u.Folder != u.UsedFolder)
            .Select(u => $"{u.User} ({u.Folder}) uses {u.Used} ({u.UsedFolder}), which is another model"),
        .. uses.Where(u => WithoutMLNet.Contains(u.Folder) && IsMLNet(u.UsedAssembly)).Select(u => $"{u.User} ({u.Folder}) uses {u.Used} of {u.UsedAssembly}"),
    ];

    private static bool IsUpward(TypeUse use) => use.UsedFolder is { } used && !Cellar.Contains(used) && !Cellar.Contains(use.Folder) && FloorOf(used) > FloorOf(use.Folder);

    private static bool IsMLNet(string? assembly) => assembly is "Microsoft.ML" || assembly?.StartsWith("Microsoft.ML.", StringComparison.Ordinal) == true;

    private static int FloorOf(string folder) => Array.FindIndex(GroundFirst, floor => floor.Contains(folder));
}
