using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Microsoft.ML.TargetProp.Tests.Packaging;

/// <summary>Tests the package with a project outside this repository.</summary>
public sealed class ConsumerTests(PackedConsumer consumer) : IClassFixture<PackedConsumer>
{
    [Fact]
    public void A_model_trained_with_the_package_predicts_the_same_bits_in_a_second_process()
    {
        string model = consumer.NewFile("model.zip"), first = consumer.NewFile("first.txt"), second = consumer.NewFile("second.txt");
        consumer.Build();

        string trained = consumer.Run("train", model, first);
        consumer.Run("predict", model, second);

        string[] lines = File.ReadAllLines(first);
        Assert.Equal(310, lines.Length);
        Assert.Equal(lines, File.ReadAllLines(second));
        int hits = int.Parse(trained.Split(' ')[1]);
        Assert.InRange(hits, 290, 300);
    }

    [Fact]
    public void The_property_selects_the_native_library_and_the_package_cache_is_not_changed()
    {
        byte[] original = consumer.NativeLibraryBefore;

        consumer.Build("-p:TargetPropNativeCompat=always");
        byte[] compatible = File.ReadAllBytes(consumer.NativeLibrary);
        Assert.Equal(1, original.Zip(compatible).Count(pair => pair.First != pair.Second));

        consumer.Build("-p:TargetPropNativeCompat=never");
        Assert.Equal(original, File.ReadAllBytes(consumer.NativeLibrary));

        consumer.Build("-p:TargetPropNativeCompat=always");
        Assert.Equal(compatible, File.ReadAllBytes(consumer.NativeLibrary));

        Assert.Equal(original, File.ReadAllBytes(Repository.OriginalNativeLibrary));
    }

    [Fact]
    public void Publishing_for_one_platform_uses_the_compatible_library()
    {
        string folder = consumer.NewFile("published");

        // Self-contained output would need a runtime pack, which may not be available.
        consumer.Publish(folder, "-r", "linux-x64", "--self-contained", "false", "-p:TargetPropNativeCompat=always", "-p:UseAppHost=false");

        byte[] published = File.ReadAllBytes(Path.Combine(folder, "libLibTorchSharp.so"));
        Assert.Equal(1, consumer.NativeLibraryBefore.Zip(published).Count(pair => pair.First != pair.Second));
        Assert.Equal(consumer.NativeLibraryBefore, File.ReadAllBytes(Repository.OriginalNativeLibrary));
    }

    [Fact]
    public void A_wrong_value_of_the_property_is_an_error_that_lists_the_valid_values()
    {
        (int code, string output) = consumer.TryBuild("-p:TargetPropNativeCompat=sometimes");

        Assert.NotEqual(0, code);
        Assert.Contains("TPROP001", output, StringComparison.Ordinal);
        Assert.Contains("'sometimes', expected 'auto', 'always' or 'never'", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_package_has_the_expected_metadata_files_and_dependencies()
    {
        using ZipArchive package = consumer.OpenPackage();
        XElement metadata = XDocument.Load(package.GetEntry("Microsoft.ML.TargetProp.nuspec")!.Open()).Root!.Elements().Single();
        string? Value(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value;

        Assert.Equal("Microsoft.ML.TargetProp", Value("id"));
        Assert.Equal("MIT", Value("license"));
        Assert.Equal("icon.png", Value("icon"));
        Assert.NotNull(package.GetEntry("icon.png"));
        Assert.Equal("README.md", Value("readme"));
        Assert.NotNull(package.GetEntry("README.md"));
        Assert.NotNull(package.GetEntry("lib/net10.0/Microsoft.ML.TargetProp.xml"));
        Assert.NotNull(package.GetEntry("buildTransitive/Microsoft.ML.TargetProp.targets"));
        Assert.NotNull(package.GetEntry("buildTransitive/NativeCompat.cs"));
        Assert.Single(Directory.GetFiles(consumer.Feed, "*.snupkg"));

        Dictionary<string, string> dependencies = metadata.Descendants().Where(e => e.Name.LocalName == "dependency")
            .ToDictionary(e => e.Attribute("id")!.Value, e => e.Attribute("version")!.Value);
        Assert.Equal($"[{Repository.MLNetVersion}, {Repository.MLNetVersionBelow})", dependencies["Microsoft.ML"]);
        Assert.Equal($"[{Repository.TorchSharpVersion}, {Repository.TorchSharpVersionBelow})", dependencies["TorchSharp"]);
        Assert.Equal(["Microsoft.ML", "System.Numerics.Tensors", "TorchSharp"], dependencies.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_assembly_version_is_that_of_the_major_version_and_the_metadata_has_the_supported_MLNet_versions()
    {
        Assembly library = typeof(TargetPropCatalog).Assembly;

        Assert.Equal(new Version(1, 0, 0, 0), library.GetName().Version);
        Dictionary<string, string?> told = library.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(a => a.Key, a => a.Value);
        Assert.Equal(Repository.MLNetVersion, told["MLNetMinimum"]);
        Assert.Equal(Repository.MLNetVersionBelow, told["MLNetBelow"]);
    }

    [Fact]
    public void The_package_contains_no_path_of_the_building_machine()
    {
        using ZipArchive package = consumer.OpenPackage();
        using var image = new MemoryStream();
        using (Stream entry = package.GetEntry("lib/net10.0/Microsoft.ML.TargetProp.dll")!.Open())
            entry.CopyTo(image);
        image.Position = 0;
        using var reader = new PEReader(image);
        foreach (DebugDirectoryEntry entry in reader.ReadDebugDirectory().Where(e => e.Type == DebugDirectoryEntryType.CodeView))
            Assert.DoesNotContain(Repository.Root, reader.ReadCodeViewDebugDirectoryData(entry).Path, StringComparison.Ordinal);
        Assert.Equal(-1, image.ToArray().AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(Repository.Root)));
    }
}
