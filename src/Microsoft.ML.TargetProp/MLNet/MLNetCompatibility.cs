using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// This library uses parts of ML.NET that are not public, so it runs on the versions that it was tested with and on no others.
/// </summary>
internal static class MLNetCompatibility
{
    private static readonly Assembly Own = typeof(MLNetCompatibility).Assembly;

    /// <summary>The version of ML.NET that is loaded.</summary>
    public static string LoadedVersion => VersionOf(typeof(MLContext).Assembly);

    /// <summary>The version of this library.</summary>
    public static string LibraryVersion => VersionOf(Own);

    /// <summary>The version of TorchSharp that is loaded.</summary>
    public static string TorchSharpVersion => VersionOf(typeof(TorchSharp.torch).Assembly);

    /// <exception cref="InvalidOperationException">Another version of ML.NET is loaded than those this library can run on.</exception>
    public static void Check(IHostEnvironment env)
    {
        if (Problem(LoadedVersion, Metadata("MLNetMinimum"), Metadata("MLNetBelow")) is { } problem)
            throw env.Except(problem);
    }

    /// <summary>What is wrong with a version, or null.</summary>
    internal static string? Problem(string loaded, string minimum, string below)
    {
        var isKnown = Version.TryParse(loaded.Split('-', '+')[0], out var version);
        return isKnown && version >= Version.Parse(minimum) && version < Version.Parse(below)
            ? null
            : $"Microsoft.ML.TargetProp {LibraryVersion} runs on Microsoft.ML {minimum} and later, below {below}; Microsoft.ML {loaded} is loaded. " +
              "Reference a version of Microsoft.ML in that range, or a version of this package made for the one you have.";
    }

    private static string Metadata(string key) =>
        Own.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;

    private static string VersionOf(Assembly assembly) =>
        (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version!.ToString()).Split('+')[0];
}
