using System.Reflection;

namespace Microsoft.ML.TargetProp.Tests.Packaging;

/// <summary>Paths and versions that the build writes to the metadata of this test assembly.</summary>
internal static class Repository
{
    public static string Root => Read("RepositoryRoot");
    public static string Configuration => Read("Configuration");
    public static string PackageRoot => Read("PackageRoot");
    public static string MLNetVersion => Read("MLNetVersion");
    public static string MLNetVersionBelow => Read("MLNetVersionBelow");
    public static string TorchSharpVersion => Read("TorchSharpVersion");
    public static string TorchSharpVersionBelow => Read("TorchSharpVersionBelow");
    public static string Version => Read("Version");

    /// <summary>TorchSharp's Linux library in the package cache.</summary>
    public static string OriginalNativeLibrary
        => Path.Combine(PackageRoot, "torchsharp", TorchSharpVersion, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    private static string Read(string key)
        => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
