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
