using System.IO.Compression;
using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// Saves and loads our part of a model's .zip: one stream that holds an <see cref="ArchiveContainer"/>. The content is checked before any of it
/// is used.
/// </summary>
/// <param name="entry">The name of the stream.</param>
/// <param name="signature">Eight characters that name the content.</param>
/// <param name="version">The newest format version of the content.</param>
internal sealed class ModelStream(string entry, string signature, int version)
{
    /// <param name="context">The model to save to.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="needs">
    /// The oldest format version that can hold the content, so that earlier packages can read it; null for the newest version.
    /// </param>
    public void Save(ModelSaveContext context, Action<BinaryWriter> write, int? needs = null) =>
        context.SaveBinaryStream(entry, writer => ArchiveContainer.Write(writer.BaseStream, signature, needs ?? version, write));

    /// <exception cref="FormatException">The .zip is damaged, truncated, or from a later version.</exception>
    public T Load<T>(IHost host, ModelLoadContext context, Func<BinaryReader, T> read) where T : class
    {
        T? content = null;
        bool found;
        try
        {
            ZipChecksum.Check(host, context);
            found = context.TryLoadBinaryStream(entry, reader => content = ArchiveContainer.Read(reader.BaseStream, signature, version, read));
        }
        catch (Exception error) when ((error is FormatException or InvalidDataException or IOException) && !error.IsMarked())
        {
            // ML.NET replaces an exception that is not marked as its own by "Exception has been thrown by the target of an invocation".
            throw host.ExceptDecode(error, error.Message);
        }
        if (!found)
            throw host.ExceptDecode($"The model has no stream '{entry}': it is truncated, or Microsoft.ML.TargetProp did not write it. Save the model again.");
        return content!;
    }
}

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

/// <summary>Refuses a model that could not be stored, before it is trained.</summary>
internal static class ModelSize
{
    /// <summary>Most numbers of a model: a stored model is one array (docs/model-format.md), less some room for names.</summary>
    private static readonly long MaxNumbers = (Array.MaxLength - (64 << 20)) / sizeof(float);

    /// <summary>Refuses a vector that is too long for a model, before any row is read.</summary>
    /// <exception cref="InvalidOperationException">The vector is too long.</exception>
    public static void CheckInput(IExceptionContext host, string column, int slots)
    {
        if (slots > LayerLimits.MaxColumns)
            throw host.Except(
                $"Column '{column}' has {slots} slots; a model reads {LayerLimits.MaxColumns} at most. Hash categories into fewer slots with mlContext.Transforms.Categorical.OneHotHashEncoding " +
                "(numberOfBits: 16 makes 65536), or keep the slots that occur often with mlContext.Transforms.FeatureSelection.SelectFeaturesBasedOnCount.");
    }

    /// <summary>Refuses a model that is too large.</summary>
    /// <param name="host">The source of the exception.</param>
    /// <param name="numbers">The numbers that the model stores.</param>
    /// <param name="description">The model, as the subject of a sentence.</param>
    /// <param name="remedy">Advice for the user, a sentence.</param>
    /// <exception cref="InvalidOperationException">The model is too large; the message says by how much.</exception>
    public static void Check(IExceptionContext host, long numbers, string description, string remedy)
    {
        if (numbers > MaxNumbers)
            throw host.Except($"{description} has {numbers} numbers to store; a model holds {MaxNumbers} at most. {remedy}");
    }
}

/// <summary>
/// Checks the CRC-32 of the entries of a model's .zip. .NET writes these checksums but does not check them when it reads. A flipped bit in one of
/// ML.NET's own entries (the training schema, a vocabulary) would give a model with wrong class names.
/// </summary>
internal static class ZipChecksum
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i => Remainder((uint)i))];

    /// <summary>The open files that are already checked: one file may hold many models.</summary>
    private static readonly ConditionalWeakTable<RepositoryReader, object> Checked = [];

    /// <exception cref="FormatException">The content of an entry does not match its checksum.</exception>
    public static void Check(IHost host, ModelLoadContext context)
    {
        if (!context.InRepository || !Checked.TryAdd(context.Repository, Checked))
            return;
        var buffer = new byte[1 << 16];
        foreach (var entry in Archive(context.Repository).Entries)
        {
            using var content = entry.Open();
            var crc = uint.MaxValue;
            for (int read; (read = content.Read(buffer)) > 0;)
            {
                foreach (var value in buffer.AsSpan(0, read))
                    crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
            }
            if (~crc != entry.Crc32)
                throw host.ExceptDecode($"The model is damaged: the checksum of its entry '{entry.FullName}' does not match its content.");
        }
    }

    private static uint Remainder(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) == 1 ? Polynomial ^ (value >> 1) : value >> 1;
        return value;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_archive")]
    private static extern ref ZipArchive Archive(RepositoryReader repository);
}
