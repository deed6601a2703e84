using System.Reflection;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>The code that a result was measured with. It is one of the options of a trial.</summary>
internal static class CodeIdentity
{
    /// <summary>
    /// Version and build of the library. Builds are reproducible, so the same sources give the same text. With another text, earlier
    /// measurements may no longer hold.
    /// </summary>
    public static string Library { get; } = Of(typeof(TargetPropMulticlassTrainer), "Microsoft.ML.TargetProp");

    /// <summary>Version of ML.NET, for results without the library.</summary>
    public static string MLNet { get; } = Of(typeof(MLContext), "Microsoft.ML");

    // The part after a plus is the commit of the package. The module version identifies the build more closely.
    private static string Of(Type type, string name) =>
        $"{name} {type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]} {type.Module.ModuleVersionId.ToString("n")[..8]}";
}
