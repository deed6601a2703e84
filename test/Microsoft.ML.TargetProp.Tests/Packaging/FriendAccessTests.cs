using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.Build.Utilities;
using Microsoft.ML.TargetProp.Build;

namespace Microsoft.ML.TargetProp.Tests.Packaging;

/// <summary>Checks that the compiler's copies of ML.NET's assemblies differ from the originals only in visibility.</summary>
public sealed class FriendAccessTests
{
    public static TheoryData<string> Assemblies =>
    [
        "Microsoft.ML.Core", "Microsoft.ML.CpuMath", "Microsoft.ML.Data", "Microsoft.ML.DataView", "Microsoft.ML.KMeansClustering",
        "Microsoft.ML.StandardTrainers", "Microsoft.ML.Transforms", "TorchSharp", "Newtonsoft.Json",
    ];

    private static string PathOf(string assembly) => Path.Combine(AppContext.BaseDirectory, assembly + ".dll");

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Only_the_visibility_changes_as_the_rule_says(string assembly)
    {
        byte[] original = File.ReadAllBytes(PathOf(assembly)), widened = (byte[])original.Clone();

        int changed = FriendAccess.Widen(widened);

        Assert.InRange(changed, 1, int.MaxValue);
        Assert.Equal(original.Length, widened.Length);
        Assert.Equal(changed, original.Zip(widened).Count(pair => pair.First != pair.Second));

        // An independent metadata reader compares every member with the rule.
        using var before = new PEReader(new MemoryStream(original));
        using var after = new PEReader(new MemoryStream(widened));
        MetadataReader a = before.GetMetadataReader(), b = after.GetMetadataReader();
        int seen = 0;
        foreach (TypeDefinitionHandle handle in a.TypeDefinitions)
        {
            TypeAttributes old = a.GetTypeDefinition(handle).Attributes, wide = b.GetTypeDefinition(handle).Attributes;
            bool isModule = a.GetString(a.GetTypeDefinition(handle).Name) == "<Module>";
            Assert.Equal(isModule ? old : Expected(old), wide);
            seen += old == wide ? 0 : 1;
        }
        foreach (MethodDefinitionHandle handle in a.MethodDefinitions)
        {
            MethodAttributes old = a.GetMethodDefinition(handle).Attributes, wide = b.GetMethodDefinition(handle).Attributes;
            Assert.Equal(Expected(old), wide);
            seen += old == wide ? 0 : 1;
        }
        foreach (FieldDefinitionHandle handle in a.FieldDefinitions)
        {
            FieldAttributes old = a.GetFieldDefinition(handle).Attributes, wide = b.GetFieldDefinition(handle).Attributes;
            Assert.Equal(Expected(old), wide);
            seen += old == wide ? 0 : 1;
        }
        Assert.Equal(changed, seen);
        Assert.Equal(0, FriendAccess.Widen(widened));
    }

    private static TypeAttributes Expected(TypeAttributes old) => (old & ~TypeAttributes.VisibilityMask) | (old & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.NotPublic => TypeAttributes.Public,
        TypeAttributes.NestedAssembly or TypeAttributes.NestedFamORAssem => TypeAttributes.NestedPublic,
        TypeAttributes.NestedFamANDAssem => TypeAttributes.NestedFamily,
        var other => other,
    };

    private static MethodAttributes Expected(MethodAttributes old)
        => (old & ~MethodAttributes.MemberAccessMask) | (old & MethodAttributes.MemberAccessMask) switch
        {
            MethodAttributes.Assembly or MethodAttributes.FamORAssem => MethodAttributes.Public,
            MethodAttributes.FamANDAssem => MethodAttributes.Family,
            var other => other,
        };

    private static FieldAttributes Expected(FieldAttributes old)
        => (old & ~FieldAttributes.FieldAccessMask) | (old & FieldAttributes.FieldAccessMask) switch
        {
            FieldAttributes.Assembly or FieldAttributes.FamORAssem => FieldAttributes.Public,
            FieldAttributes.FamANDAssem => FieldAttributes.Family,
            var other => other,
        };

    [Fact]
    public void Concurrent_builds_leave_one_complete_file()
    {
        using var folder = new TemporaryFolder();
        string source = PathOf("Microsoft.ML.Core");
        byte[] original = File.ReadAllBytes(source), widened = (byte[])original.Clone();
        FriendAccess.Widen(widened);

        Parallel.For(0, 16, _ =>
        {
            var log = new BuildLog();
            Assert.True(new WriteFriendAssemblies { BuildEngine = log, Sources = [new TaskItem(source)], Directory = folder.Path }.Execute());
            Assert.Empty(log.Errors);
            Assert.Equal(widened, File.ReadAllBytes(folder["Microsoft.ML.Core.dll"]));
        });

        Assert.Equal([folder["Microsoft.ML.Core.dll"]], Directory.GetFiles(folder.Path));
        Assert.Equal(original, File.ReadAllBytes(source));
    }

    [Fact]
    public void The_error_for_a_file_that_is_not_an_assembly_names_the_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["text.dll"], new byte[200]);
        var log = new BuildLog();

        Assert.False(new WriteFriendAssemblies { BuildEngine = log, Sources = [new TaskItem(folder["text.dll"])], Directory = folder["out"] }.Execute());

        Assert.Contains("text.dll", Assert.Single(log.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_declares_the_assemblies_whose_internals_it_uses()
    {
        IEnumerable<string> named = typeof(TargetPropCatalog).Assembly.CustomAttributes
            .Where(a => a.AttributeType.Name == "IgnoresAccessChecksToAttribute")
            .Select(a => (string)a.ConstructorArguments[0].Value!);

        Assert.Equal(
            ["Microsoft.ML.Core", "Microsoft.ML.CpuMath", "Microsoft.ML.Data", "Microsoft.ML.DataView", "Microsoft.ML.StandardTrainers", "Microsoft.ML.Transforms"],
            named.Order(StringComparer.Ordinal));
    }
}
