using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The envelope of everything that is stored: a signature, a format version, the length of the content, the content, and its SHA-256. The content is
/// read only after its checksum was verified, and memory is allocated only for bytes that are there.
/// </summary>
/// <remarks>Layout in docs/model-format.md.</remarks>
internal static class ArchiveContainer
{
    private const int ChecksumLength = 32;
    private const int HeaderLength = 16;

    /// <summary>Writes an envelope.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="signature">Eight ASCII characters that name the content.</param>
    /// <param name="version">Version of the content's format, from 1.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(Stream stream, string signature, int version, Action<BinaryWriter> write)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
            write(writer);
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);

        Span<byte> header = stackalloc byte[HeaderLength];
        Encoding.ASCII.GetBytes(signature, header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], bytes.Length);
        stream.Write(header);
        stream.Write(bytes);
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        Checksum(header, bytes, checksum);
        stream.Write(checksum);
    }

    /// <summary>Reads an envelope and passes its verified content to <paramref name="read"/>.</summary>
    /// <param name="stream">The source.</param>
    /// <param name="signature">The expected signature.</param>
    /// <param name="newestVersion">The newest format version that <paramref name="read"/> can read.</param>
    /// <param name="read">Reads the content, to its end.</param>
    /// <exception cref="FormatException">The bytes are not such an envelope, are damaged, or come from a later version.</exception>
    public static T Read<T>(Stream stream, string signature, int newestVersion, Func<BinaryReader, T> read)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        if (stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
            throw new FormatException($"The model is truncated: the header of its '{signature}' part is missing.");
        var found = Encoding.ASCII.GetString(header[..8]);
        if (found != signature)
            throw new FormatException($"The model is damaged: expected a part with signature '{signature}', found '{Printable(found)}'.");
        var version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version < 1)
            throw new FormatException($"The model is damaged: its '{signature}' part claims format version {version}.");
        if (version > newestVersion)
            throw new FormatException($"The model was written by a later version of Microsoft.ML.TargetProp: its '{signature}' part has format version {version}, this version reads up to {newestVersion}. Update the package.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        if (length < 0)
            throw new FormatException($"The model is damaged: its '{signature}' part claims a length of {length} bytes.");

        var content = ReadBytes(stream, length, signature);
        Span<byte> stored = stackalloc byte[ChecksumLength];
        if (stream.ReadAtLeast(stored, ChecksumLength, throwOnEndOfStream: false) < ChecksumLength)
            throw new FormatException($"The model is truncated: the checksum of its '{signature}' part is missing.");
        Span<byte> actual = stackalloc byte[ChecksumLength];
        Checksum(header, content.GetBuffer().AsSpan(0, length), actual);
        if (!stored.SequenceEqual(actual))
            throw new FormatException($"The model is damaged: the checksum of its '{signature}' part does not match its content.");

        using var reader = new BinaryReader(content, Encoding.UTF8);
        try
        {
            var value = read(reader);
            if (content.Position != length)
                throw new FormatException($"The model is damaged: its '{signature}' part has {length - content.Position} bytes too many.");
            return value;
        }
        catch (EndOfStreamException error)
        {
            throw new FormatException($"The model is damaged: its '{signature}' part is shorter than its own description.", error);
        }
    }

    /// <summary>Reads exactly <paramref name="length"/> bytes and allocates memory only as they arrive.</summary>
    private static MemoryStream ReadBytes(Stream stream, int length, string signature)
    {
        var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (content.Length < length)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, length - content.Length));
            if (read == 0)
                throw new FormatException($"The model is truncated: its '{signature}' part should have {length} bytes and has {content.Length}.");
            content.Write(buffer, 0, read);
        }
        content.Position = 0;
        return content;
    }

    private static void Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> content, Span<byte> checksum)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(content);
        hash.GetHashAndReset(checksum);
    }

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c == ' ' ? c : '?'));
}

/// <summary>Writes the fields of archives, and reads and checks them.</summary>
internal static class ArchiveFields
{
    /// <summary>Writes weights and biases of every map, in order.</summary>
    public static void WriteMaps(BinaryWriter writer, IEnumerable<MapSnapshot> maps)
    {
        foreach (var map in maps)
        {
            WriteFloats(writer, map.Weight);
            WriteFloats(writer, map.Bias);
        }
    }

    /// <exception cref="FormatException">There are too few numbers, or some are not finite.</exception>
    public static MapSnapshot[] ReadMaps(BinaryReader reader, IReadOnlyList<LayerMapShape> shapes, string kind) =>
        [.. shapes.Select((s, i) => new MapSnapshot(
            s,
            ReadFloats(reader, (long)s.Outputs * s.Inputs, $"weights of {kind} map {i + 1}"),
            ReadFloats(reader, s.Outputs, $"biases of {kind} map {i + 1}")))];

    /// <exception cref="FormatException">No layer has that many units.</exception>
    public static int ReadUnits(BinaryReader reader, string what)
    {
        var units = reader.ReadInt32();
        Check(units is >= 1 and <= LayerLimits.MaxUnits, what, units);
        return units;
    }

    /// <exception cref="FormatException">There are too few numbers, or some are not finite.</exception>
    public static float[] ReadFloats(BinaryReader reader, long count, string what)
    {
        var left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (count * sizeof(float) > left)
            throw new FormatException($"The model is damaged: {what} should be {count} numbers, and {left / sizeof(float)} are left.");
        var values = new float[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian)
            Swap(values);
        foreach (var value in values)
            Check(float.IsFinite(value), what, value);
        return values;
    }

    public static void WriteFloats(BinaryWriter writer, float[] values)
    {
        if (BitConverter.IsLittleEndian)
        {
            writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            return;
        }
        foreach (var value in values)
            writer.Write(value);
    }

    private static void Swap(float[] values)
    {
        foreach (ref var value in MemoryMarshal.Cast<float, int>(values.AsSpan()))
            value = BinaryPrimitives.ReverseEndianness(value);
    }

    /// <exception cref="FormatException">The condition does not hold.</exception>
    public static void Check<T>(bool holds, string field, T found)
    {
        if (!holds)
            throw new FormatException(FormattableString.Invariant($"The model is damaged: {field} is {found}."));
    }
}
