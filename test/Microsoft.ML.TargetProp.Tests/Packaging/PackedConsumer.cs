using System.IO.Compression;

namespace Microsoft.ML.TargetProp.Tests.Packaging;

/// <summary>
/// Packs the library of this test run and builds a program that uses the package, in a temporary folder. The package is restored to a
/// temporary package folder; all other packages come from the package folder of this test run.
/// </summary>
public sealed class PackedConsumer : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PackedConsumer()
    {
        // A unique version, so that a package of an earlier run cannot be used by mistake.
        string version = Repository.Version + "-test." + Guid.NewGuid().ToString("N");
        Feed = _folder["feed"];
        DotNet.Run(Repository.Root, "pack", Path.Combine("src", "Microsoft.ML.TargetProp"), "--no-build", "-c", Repository.Configuration,
            "-o", Feed, "-p:PackageVersion=" + version);
        Package = Assert.Single(Directory.GetFiles(Feed, "*.nupkg"));

        ProjectFolder = _folder["consumer"];
        Directory.CreateDirectory(ProjectFolder);
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "eng", "consumer-test")))
            File.Copy(file, Path.Combine(ProjectFolder, Path.GetFileName(file)));
        _arguments =
        [
            "-c", "Release",
            "-p:TargetPropVersion=" + version,
            "-p:MLNetVersion=" + Repository.MLNetVersion,
            "-p:TorchSharpVersion=" + Repository.TorchSharpVersion,
            "-p:RestoreAdditionalProjectSources=" + Feed,
            "-p:RestorePackagesPath=" + _folder["packages"],
            "-p:RestoreFallbackFolders=" + Repository.PackageRoot,
            // Avoids copying half a gigabyte.
            "-p:CreateHardLinksForCopyLocalIfPossible=true",
        ];
        NativeLibraryBefore = File.ReadAllBytes(Repository.OriginalNativeLibrary);
        Build();
    }

    private readonly string[] _arguments;

    public string Feed { get; }

    public string Package { get; }

    public string ProjectFolder { get; }

    public byte[] NativeLibraryBefore { get; }

    public string NativeLibrary
        => Path.Combine(ProjectFolder, "bin", "Release", "net10.0", "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    public void Build(params string[] more) => DotNet.Run(ProjectFolder, ["build", .. _arguments, .. more]);

    public (int Code, string Output) TryBuild(params string[] more) => DotNet.TryRun(ProjectFolder, ["build", .. _arguments, .. more]);

    public void Publish(string folder, params string[] more) => DotNet.Run(ProjectFolder, ["publish", .. _arguments, "-o", folder, .. more]);

    public string Run(params string[] arguments)
        => DotNet.Run(ProjectFolder, [Path.Combine(ProjectFolder, "bin", "Release", "net10.0", "Consumer.dll"), .. arguments]);

    public string NewFile(string name) => _folder[name];

    internal ZipArchive OpenPackage() => ZipFile.OpenRead(Package);

    public void Dispose() => _folder.Dispose();
}
