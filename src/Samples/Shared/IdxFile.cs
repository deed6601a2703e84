using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// Reads IDX files, the format of MNIST, with or without gzip compression. All numbers are big-endian:
/// <code>
/// images: uint32 0x00000803, uint32 count, uint32 rows, uint32 columns, then one byte per pixel
/// labels: uint32 0x00000801, uint32 count,                              then one byte per label
/// </code>
/// </summary>
public static class IdxFile
{
    private const uint ImagesMagic = 0x00000803;
    private const uint LabelsMagic = 0x00000801;

    // MNIST has 60,000 pictures and EMNIST 814,255. A larger count means a damaged header, so no memory is allocated for it.
    private const uint LargestCount = 1_000_000;

    /// <summary>Reads the pixels of a file of 28 × 28 pictures.</summary>
    public static byte[] ReadImages(string path)
    {
        using Stream stream = Open(path);
        return ReadImages(stream, path);
    }

    /// <summary>Reads pixels from a stream. Error messages contain <paramref name="name"/>.</summary>
    public static byte[] ReadImages(Stream stream, string name)
    {
        Span<byte> header = stackalloc byte[16];
        ReadHeader(stream, header, ImagesMagic, "images (IDX3)", name);
        uint count = ReadCount(header, name);
        uint rows = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        uint columns = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        if (rows != DigitSet.Side || columns != DigitSet.Side)
        {
            throw new SampleException($"{name}: found pictures of {rows} x {columns} pixels, expected {DigitSet.Side} x {DigitSet.Side}.");
        }

        return ReadBody(stream, checked((int)count * DigitSet.PixelCount), $"{count} pictures", name);
    }

    /// <summary>Reads the labels of a file.</summary>
    public static byte[] ReadLabels(string path)
    {
        using Stream stream = Open(path);
        return ReadLabels(stream, path);
    }

    /// <summary>Reads labels from a stream. Error messages contain <paramref name="name"/>.</summary>
    public static byte[] ReadLabels(Stream stream, string name)
    {
        Span<byte> header = stackalloc byte[8];
        ReadHeader(stream, header, LabelsMagic, "labels (IDX1)", name);
        uint count = ReadCount(header, name);
        byte[] labels = ReadBody(stream, (int)count, $"{count} labels", name);
        int wrong = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(DigitSet.ClassCount - 1));
        if (wrong >= 0)
        {
            throw new SampleException($"{name}: found the label {labels[wrong]} at position {wrong}, expected a digit from 0 to 9.");
        }

        return labels;
    }

    /// <summary>Opens a file for reading. Gzip content is decompressed, whatever the file name is.</summary>
    public static Stream Open(string path)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            bool gzip = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            return gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void ReadHeader(Stream stream, Span<byte> header, uint magic, string kind, string name)
    {
        int read = Read(stream, header, name);
        if (read < header.Length)
        {
            throw new SampleException($"{name}: found only {read} bytes, expected a header of {header.Length} bytes for {kind}.");
        }

        uint found = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (found != magic)
        {
            string hint = found == ImagesMagic ? " (a file of images)" : found == LabelsMagic ? " (a file of labels)" : "";
            throw new SampleException($"{name}: found 0x{found:x8} in the first four bytes{hint}, expected 0x{magic:x8} for {kind}.");
        }
    }

    private static uint ReadCount(ReadOnlySpan<byte> header, string name)
    {
        uint count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        return count <= LargestCount
            ? count
            : throw new SampleException($"{name}: found a count of {count} in the header, expected at most {LargestCount}.");
    }

    private static byte[] ReadBody(Stream stream, int length, string what, string name)
    {
        byte[] body = new byte[length];
        int read = Read(stream, body, name);
        if (read < length)
        {
            throw new SampleException($"{name}: found {read} bytes after the header, expected {length} ({what}). The file is incomplete; get it again.");
        }

        return Read(stream, stackalloc byte[1], name) == 0
            ? body
            : throw new SampleException($"{name}: found more bytes after the header than the expected {length} ({what}).");
    }

    private static int Read(Stream stream, Span<byte> buffer, string name)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new SampleException($"{name}: found damaged gzip data, expected a complete .gz file. Get the file again. ({e.Message})", e);
        }
    }
}
