using System.IO.Compression;
using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

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
