using System.IO.Compression;

namespace Microsoft.ML.TargetProp.Tests.Packaging;

/// <summary>
/// The package, packed from what this test run was built from, and a program that uses it, built in a folder of its own. The new
/// package goes into a package folder of the program's; all others are taken from where this test run has them.
/// </summary>
public sealed class PackedConsumer : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PackedConsumer()
    {
        // A version of its own, so that no package of an earlier run can stand in.
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
            // Saves half a gigabyte of copying.
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
