using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// Checks the loaded version of ML.NET. This library uses parts of ML.NET that are not public, so it runs only on the versions that it was
/// tested with.
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

    /// <exception cref="InvalidOperationException">This library does not run on the loaded version of ML.NET.</exception>
    public static void Check(IHostEnvironment env)
    {
        if (Problem(LoadedVersion, Metadata("MLNetMinimum"), Metadata("MLNetBelow")) is { } problem)
            throw env.Except(problem);
    }

    /// <summary>Returns the message for a version outside the range, or null for one inside.</summary>
    internal static string? Problem(string loaded, string minimum, string below)
    {
        var isKnown = Version.TryParse(loaded.Split('-', '+')[0], out var version);
        return isKnown && version >= Version.Parse(minimum) && version < Version.Parse(below)
            ? null
            : $"Microsoft.ML.TargetProp {LibraryVersion} runs on Microsoft.ML {minimum} and later, below {below}; Microsoft.ML {loaded} is loaded. " +
              $"Reference a version of Microsoft.ML in that range, or a version of this package that was made for Microsoft.ML {loaded}.";
    }

    private static string Metadata(string key) =>
        Own.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;

    private static string VersionOf(Assembly assembly) =>
        (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version!.ToString()).Split('+')[0];
}
