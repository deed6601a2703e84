namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>The rule of the floors, read from what was compiled.</summary>
public sealed class FloorsTests
{
    private const string SampleNamespace = "Microsoft.ML.TargetProp.Tests.Architecture.Sample.";

    [Fact]
    public void Nothing_in_the_library_imports_upward_and_the_lower_floors_know_nothing_of_MLNet()
    {
        (IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) =
            CompiledReferences.Read(typeof(TargetPropCatalog).Assembly.Location, "/src/Microsoft.ML.TargetProp/");

        Assert.Empty(Floors.Violations(folders, uses));
    }

    [Fact]
    public void Every_type_of_the_library_is_found_in_its_folder()
    {
        (IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) =
            CompiledReferences.Read(typeof(TargetPropCatalog).Assembly.Location, "/src/Microsoft.ML.TargetProp/");

        Assert.Equal("", folders["Microsoft.ML.TargetPropCatalog"]);
        Assert.Equal("Networks", folders["Microsoft.ML.TargetProp.TargetPropActivation"]);
        Assert.Equal("Networks", folders["Microsoft.ML.TargetProp.Networks.Activation"]);
        Assert.Equal("Learning", folders["Microsoft.ML.TargetProp.Learning.ICreditAssignment"]);
        Assert.Equal("Trainers", folders["Microsoft.ML.TargetProp.TargetPropMulticlassTrainer"]);
        // All but what the compiler adds by itself.
        string[] missing = [.. typeof(TargetPropCatalog).Assembly.GetTypes()
            .Where(t => t.DeclaringType is null && t.Namespace?.StartsWith("Microsoft.ML", StringComparison.Ordinal) == true)
            .Select(t => t.FullName!).Where(name => !folders.ContainsKey(name))];
        Assert.Empty(missing);
        // The references are those of the compiled code: the training loop uses tensors, the trainers the training loop.
        Assert.Contains(uses, u => u is { Folder: "Learning", UsedAssembly: "TorchSharp" });
        Assert.Contains(uses, u => u is { Folder: "Trainers", UsedFolder: "Learning", Used: "Microsoft.ML.TargetProp.Learning.TrainingLoop" });
        Assert.Contains(uses, u => u is { Folder: "Trainers", UsedAssembly: "Microsoft.ML.Data" });
    }

    // *** The check itself: a house in which every type breaks the rule in one way ***

    private static readonly IReadOnlyList<string> Found = Check();

    private static IReadOnlyList<string> Check()
    {
        (IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) = CompiledReferences.Read(typeof(FloorsTests).Assembly.Location, "/Architecture/Sample/");
        return Floors.Violations(folders, uses);
    }

    [Theory]
    [InlineData("Networks.UsesInField", "Data.Upper")]
    [InlineData("Networks.IUsesInSignature", "Data.Upper")]
    [InlineData("Networks.UsesAsBase", "Data.Upper")]
    [InlineData("Networks.UsesAsInterface", "Data.IUpper")]
    [InlineData("Networks.UsesInBody", "Data.Upper")]
    [InlineData("Networks.UsesInLambda", "Data.Upper")]
    [InlineData("Networks.UsesInNestedType", "Data.Upper")]
    [InlineData("Networks.UsesInIterator", "Data.Upper")]
    [InlineData("Networks.UsesInCatch", "Data.UpperException")]
    [InlineData("Networks.UsesAsConstraint`1", "Data.Upper")]
    [InlineData("Networks.UsesInAttribute", "Data.UpperMarkAttribute")]
    [InlineData("Networks.UsesInAttributeArgument", "Data.Upper")]
    [InlineData("Networks.UsesGenericMethod", "Data.Upper")]
    [InlineData("Networks.UsesStaticField", "Data.Upper")]
    [InlineData("Networks.UsesEnumOfTheRoof", "Trainers.RoofKind")]
    [InlineData("Networks.UsesLearning", "Learning.LearningPart")]
    [InlineData("Learning.LearningUsesData", "Data.Upper")]
    [InlineData("Learning.LearningUsesDiagnostics", "Diagnostics.DiagnosticsPart")]
    [InlineData("Learning.LearningUsesGenerative", "Generative.GenerativePart")]
    [InlineData("Data.DataUsesTrainers", "Trainers.RoofKind")]
    public void An_import_upward_is_found_wherever_it_hides(string user, string used)
        => Assert.Contains(Found, v => v.StartsWith($"{SampleNamespace}{user} ", StringComparison.Ordinal) && v.Contains($"{SampleNamespace}{used} ", StringComparison.Ordinal));

    [Theory]
    [InlineData("Networks.UsesMLNet", "Microsoft.ML.Data.VBuffer`1 of Microsoft.ML.DataView")]
    [InlineData("Networks.UsesMLNetInBody", "Microsoft.ML.Data.TextLoader of Microsoft.ML.Data")]
    [InlineData("Learning.LearningUsesMLNet", "Microsoft.ML.MLContext of Microsoft.ML.Data")]
    [InlineData("Diagnostics.DiagnosticsUsesMLNet", "Microsoft.ML.Data.VBuffer`1 of Microsoft.ML.DataView")]
    public void A_type_of_MLNet_on_the_lower_floors_is_found(string user, string used)
        => Assert.Contains(Found, v => v.StartsWith($"{SampleNamespace}{user} ", StringComparison.Ordinal) && v.EndsWith(used, StringComparison.Ordinal));

    [Fact]
    public void A_folder_on_no_floor_is_found() => Assert.Contains(Found, v => v.StartsWith($"{SampleNamespace}Elsewhere.Shed is in Elsewhere", StringComparison.Ordinal));

    [Theory]
    [InlineData("Networks.GroundItself")]
    [InlineData("Networks.GroundKind")]
    [InlineData("Learning.LearningPart")]
    [InlineData("Generative.GenerativePart")]
    [InlineData("Diagnostics.DiagnosticsPart")]
    [InlineData("Data.Upper")]
    [InlineData("Trainers.Roof")]
    public void What_keeps_the_rule_is_left_alone(string user)
        => Assert.DoesNotContain(Found, v => v.StartsWith($"{SampleNamespace}{user} ", StringComparison.Ordinal));
}
