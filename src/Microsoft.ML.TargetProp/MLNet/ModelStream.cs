using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The stream of a model's .zip that holds what we store: an <see cref="ArchiveContainer"/>, whole and checked or not at all.</summary>
/// <param name="entry">Name of the stream.</param>
/// <param name="signature">Eight characters that say what it holds.</param>
/// <param name="version">The newest version of the content's format: the one that is written unless told, and the newest that can be read.</param>
internal sealed class ModelStream(string entry, string signature, int version)
{
    /// <param name="context">Where to.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="needs">The oldest version that has all that is written, so that earlier packages can read what they know; null: the newest.</param>
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
            // ML.NET hides an exception that is not marked as its own behind "Exception has been thrown by the target of an invocation".
            throw host.ExceptDecode(error, error.Message);
        }
        if (!found)
            throw host.ExceptDecode($"The model has no stream '{entry}': it is truncated or was not written by Microsoft.ML.TargetProp.");
        return content!;
    }
}
