using System.Reflection;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>Which code a result was measured with; it belongs to the options of a trial.</summary>
internal static class CodeIdentity
{
    /// <summary>
    /// Version and build of the library. Builds are reproducible, so the same sources give the same text, and another text means that
    /// what was measured before may no longer hold.
    /// </summary>
    public static string Library { get; } = Of(typeof(TargetPropMulticlassTrainer), "Microsoft.ML.TargetProp");

    /// <summary>Version of ML.NET, for results that the library has no part in.</summary>
    public static string MLNet { get; } = Of(typeof(MLContext), "Microsoft.ML");

    // What follows a plus is the commit that a package was built from; the build says more.
    private static string Of(Type type, string name) =>
        $"{name} {type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]} {type.Module.ModuleVersionId.ToString("n")[..8]}";
}
