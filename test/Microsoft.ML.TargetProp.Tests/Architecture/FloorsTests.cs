namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>Checks the rule of <see cref="Floors"/> on the compiled library.</summary>
public sealed class FloorsTests
{
    private const string SampleNamespace = "Microsoft.ML.TargetProp.Tests.Architecture.Sample.";

    [Fact]
    public void No_type_uses_a_higher_floor_or_another_model_and_the_lower_floors_do_not_use_MLNet()
    {
        (IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) =
            CompiledReferences.Read(typeof(TargetPropCatalog).Assembly.Location, "/src/Microsoft.ML.TargetProp/");

        Assert.Equal("", string.Join("\n", Floors.Violations(folders, uses)));
    }

    [Fact]
    public void Every_type_of_the_library_is_found_in_its_folder()
    {
        (IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) =
            CompiledReferences.Read(typeof(TargetPropCatalog).Assembly.Location, "/src/Microsoft.ML.TargetProp/");

        Assert.Equal("", folders["Microsoft.ML.TargetPropCatalog"]);
        Assert.Equal("Core", folders["Microsoft.ML.TargetProp.TargetPropActivation"]);
        Assert.Equal("Core", folders["Microsoft.ML.TargetProp.Core.Activation"]);
        Assert.Equal("Supervised", folders["Microsoft.ML.TargetProp.Supervised.ForwardPass"]);
        Assert.Equal("MLNet", folders["Microsoft.ML.TargetProp.TargetPropMulticlassTrainer"]);
        // Types that the compiler adds have another namespace.
        string[] missing = [.. typeof(TargetPropCatalog).Assembly.GetTypes()
            .Where(t => t.DeclaringType is null && t.Namespace?.StartsWith("Microsoft.ML", StringComparison.Ordinal) == true)
            .Select(t => t.FullName!).Where(name => !folders.ContainsKey(name))];
        Assert.Empty(missing);
        // Spot checks: these references exist in the compiled code.
        Assert.Contains(uses, u => u is { Folder: "Core", UsedAssembly: "TorchSharp" });
        Assert.Contains(uses, u => u is { Folder: "MLNet", UsedFolder: "Supervised", Used: "Microsoft.ML.TargetProp.Supervised.NetworkShape" });
        Assert.Contains(uses, u => u is { Folder: "MLNet", UsedAssembly: "Microsoft.ML.Data" });
    }

    // *** The check itself, on sample types that each violate the rule in one way ***

    private static readonly IReadOnlyList<string> Found = Check();

    private static IReadOnlyList<string> Check()
    {
        (IReadOnlyDictionary<string, string> folders, IReadOnlyList<TypeUse> uses) = CompiledReferences.Read(typeof(FloorsTests).Assembly.Location, "/Architecture/Sample/");
        return Floors.Violations(folders, uses);
    }

    [Theory]
    [InlineData("Core.UsesInField", "MLNet.Upper")]
    [InlineData("Core.IUsesInSignature", "MLNet.Upper")]
    [InlineData("Core.UsesAsBase", "MLNet.Upper")]
    [InlineData("Core.UsesAsInterface", "MLNet.IUpper")]
    [InlineData("Core.UsesInBody", "MLNet.Upper")]
    [InlineData("Core.UsesInLambda", "MLNet.Upper")]
    [InlineData("Core.UsesInNestedType", "MLNet.Upper")]
    [InlineData("Core.UsesInIterator", "MLNet.Upper")]
    [InlineData("Core.UsesInCatch", "MLNet.UpperException")]
    [InlineData("Core.UsesAsConstraint`1", "MLNet.Upper")]
    [InlineData("Core.UsesInAttribute", "MLNet.UpperMarkAttribute")]
    [InlineData("Core.UsesInAttributeArgument", "MLNet.Upper")]
    [InlineData("Core.UsesGenericMethod", "MLNet.Upper")]
    [InlineData("Core.UsesStaticField", "MLNet.Upper")]
    [InlineData("Core.UsesEnumOfTheRoof", "RoofKind")]
    [InlineData("Core.UsesSupervised", "Supervised.SupervisedPart")]
    [InlineData("Supervised.SupervisedUsesMLNetFloor", "MLNet.Upper")]
    [InlineData("Supervised.SupervisedUsesAutoencoder", "Autoencoder.AutoencoderPart")]
    [InlineData("Supervised.SupervisedUsesGenerative", "Generative.GenerativePart")]
    [InlineData("Generative.GenerativeUsesSupervised", "Supervised.SupervisedPart")]
    [InlineData("Generative.GenerativeUsesAutoencoder", "Autoencoder.AutoencoderPart")]
    [InlineData("Autoencoder.AutoencoderUsesSupervised", "Supervised.SupervisedPart")]
    [InlineData("MLNet.MLNetUsesRoof", "RoofKind")]
    public void A_violation_is_found_in_every_kind_of_use(string user, string used)
        => Assert.Contains(Found, v => v.StartsWith($"{SampleNamespace}{user} ", StringComparison.Ordinal) && v.Contains($"{SampleNamespace}{used} ", StringComparison.Ordinal));

    [Theory]
    [InlineData("Core.UsesMLNet", "Microsoft.ML.Data.VBuffer`1 of Microsoft.ML.DataView")]
    [InlineData("Core.UsesMLNetInBody", "Microsoft.ML.Data.TextLoader of Microsoft.ML.Data")]
    [InlineData("Supervised.SupervisedUsesMLNet", "Microsoft.ML.MLContext of Microsoft.ML.Data")]
    [InlineData("Autoencoder.AutoencoderUsesMLNet", "Microsoft.ML.Data.VBuffer`1 of Microsoft.ML.DataView")]
    public void A_type_of_MLNet_on_the_lower_floors_is_found(string user, string used)
        => Assert.Contains(Found, v => v.StartsWith($"{SampleNamespace}{user} ", StringComparison.Ordinal) && v.EndsWith(used, StringComparison.Ordinal));

    [Fact]
    public void A_folder_on_no_floor_is_found() => Assert.Contains(Found, v => v.StartsWith($"{SampleNamespace}Elsewhere.Shed is in Elsewhere", StringComparison.Ordinal));

    [Theory]
    [InlineData("Core.GroundItself")]
    [InlineData("Core.GroundKind")]
    [InlineData("Supervised.SupervisedPart")]
    [InlineData("Generative.GenerativePart")]
    [InlineData("Autoencoder.AutoencoderPart")]
    [InlineData("MLNet.Upper")]
    [InlineData("Roof")]
    public void A_type_that_follows_the_rule_is_not_reported(string user)
        => Assert.DoesNotContain(Found, v => v.StartsWith($"{SampleNamespace}{user} ", StringComparison.Ordinal));
}
