using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The version information that ML.NET stores with each part of a model: a signature, a version, and the loader that reads the part.</summary>
internal static class ModelVersion
{
    private const uint InitialVersion = 0x00010001;

    /// <param name="signature">Eight characters that name the content.</param>
    /// <param name="loaderSignature">The name that the loader is registered under.</param>
    public static VersionInfo Of(string signature, string loaderSignature) => new(
        signature, verWrittenCur: InitialVersion, verReadableCur: InitialVersion, verWeCanReadBack: InitialVersion,
        loaderAssemblyName: typeof(ModelVersion).Assembly.FullName, loaderSignature);

    /// <summary>Checks, before a part is read, that it can be.</summary>
    /// <exception cref="FormatException">The part is something else, or from a later version.</exception>
    /// <exception cref="InvalidOperationException">This library does not run on the loaded version of ML.NET.</exception>
    public static void Check(IHostEnvironment env, ModelLoadContext ctx, VersionInfo expected)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetCompatibility.Check(env);
        ctx.CheckAtModel(expected);
    }
}
