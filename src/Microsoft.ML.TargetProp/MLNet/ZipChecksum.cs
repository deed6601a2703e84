using System.IO.Compression;
using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// Holds the entries of a model's .zip against their CRC-32. Every .zip has them, .NET writes them and does not look at them again, and
/// a flipped bit in an entry of ML.NET's (the train schema, a vocabulary) would give a model that names its classes wrongly.
/// </summary>
internal static class ZipChecksum
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i => Remainder((uint)i))];

    /// <summary>The files that were looked at, for as long as they are open: one of them may hold many models.</summary>
    private static readonly ConditionalWeakTable<RepositoryReader, object> Checked = [];

    /// <exception cref="FormatException">An entry is not what was written.</exception>
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
