using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.TargetProp.Core;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests the container of stored data: signature, version, length, content, checksum.</summary>
public sealed class ArchiveContainerTests
{
    private const string Signature = "TPTEST 1";

    private static byte[] Written(int version = 1, params byte[] content)
    {
        using var stream = new MemoryStream();
        ArchiveContainer.Write(stream, Signature, version, w => w.Write(content));
        return stream.ToArray();
    }

    private static byte[] Read(byte[] archive, int newestVersion = 1)
    {
        using var stream = new MemoryStream(archive);
        return ArchiveContainer.Read(stream, Signature, newestVersion, r => r.ReadBytes((int)r.BaseStream.Length));
    }

    private static string Complaint(byte[] archive) => Assert.Throws<FormatException>(() => Read(archive)).Message;

    [Fact]
    public void The_layout_is_the_documented_one()
    {
        byte[] archive = Written(3, 10, 20, 30);

        Assert.Equal(16 + 3 + 32, archive.Length);
        Assert.Equal(Signature, Encoding.ASCII.GetString(archive, 0, 8));
        Assert.Equal(3, BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(8)));
        Assert.Equal(3, BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(12)));
        Assert.Equal([10, 20, 30], archive[16..19]);
        Assert.Equal(SHA256.HashData(archive.AsSpan(0, 19)), archive[19..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(200_001)]
    public void Written_content_is_read_back(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);

        Assert.Equal(content, Read(Written(1, content)));
        Assert.Equal(content, Read(Written(1, content), newestVersion: 7));
    }

    [Fact]
    public void Several_archives_can_follow_each_other_anywhere_in_a_stream()
    {
        using var stream = new MemoryStream();
        stream.Write([1, 2, 3]);
        ArchiveContainer.Write(stream, Signature, 1, w => w.Write(11));
        ArchiveContainer.Write(stream, "TPTEST 2", 1, w => w.Write(22));
        stream.WriteByte(99);
        stream.Position = 3;

        Assert.Equal(11, ArchiveContainer.Read(stream, Signature, 1, r => r.ReadInt32()));
        Assert.Equal(22, ArchiveContainer.Read(stream, "TPTEST 2", 1, r => r.ReadInt32()));
        Assert.Equal(99, stream.ReadByte());
    }

    [Fact]
    public void A_stream_that_returns_single_bytes_and_cannot_seek_is_read()
    {
        using var stream = new ByteByByteStream(Written(1, 5, 6, 7));

        Assert.Equal([5, 6, 7], ArchiveContainer.Read(stream, Signature, 1, r => r.ReadBytes(3)));
    }

    [Fact]
    public void An_archive_cut_at_any_position_is_reported_as_truncated()
    {
        byte[] archive = Written(1, 1, 2, 3, 4, 5);

        for (int length = 0; length < archive.Length; length++)
            Assert.Contains("truncated", Complaint(archive[..length]), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_flipped_bit_is_detected()
    {
        byte[] archive = Written(1, 1, 2, 3, 4, 5);

        for (int bit = 0; bit < 8 * archive.Length; bit++)
        {
            byte[] damaged = [.. archive];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<FormatException>(() => Read(damaged));
        }
    }

    [Fact]
    public void The_version_is_protected_by_the_checksum()
    {
        byte[] archive = Written(2, 1, 2, 3);
        archive[8] = 1;

        Assert.Contains("checksum", Assert.Throws<FormatException>(() => Read(archive, newestVersion: 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_for_a_later_version_says_what_to_do()
    {
        string message = Complaint(Written(2, 1, 2, 3));

        Assert.Contains("later version of Microsoft.ML.TargetProp", message, StringComparison.Ordinal);
        Assert.Contains("format version 2", message, StringComparison.Ordinal);
        Assert.Contains("Update the package", message, StringComparison.Ordinal);
        Assert.Contains(Signature, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Versions_start_at_1(int version) => Assert.Contains($"version {version}", Complaint(Written(version, 1)), StringComparison.Ordinal);

    [Fact]
    public void Another_signature_is_shown_without_its_control_characters()
    {
        byte[] archive = Written(1, 1);
        Encoding.ASCII.GetBytes("AB\u001b[2J\n\0").CopyTo(archive, 0);

        string message = Complaint(archive);

        Assert.Contains($"expected a part with signature '{Signature}'", message, StringComparison.Ordinal);
        Assert.Contains("'AB??2J??'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1 << 30)]
    [InlineData(1_000_000)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_length_beyond_the_end_of_the_stream_allocates_no_memory(int length)
    {
        byte[] archive = Written(1, new byte[100]);
        BinaryPrimitives.WriteInt32LittleEndian(archive.AsSpan(12), length);
        Complaint(archive);

        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Complaint(archive);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(taken, 0, 200_000);
        Assert.Contains(length < 0 ? "damaged" : "truncated", message, StringComparison.Ordinal);
        Assert.Contains($"{length}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_is_not_read_before_the_checksum_is_verified()
    {
        byte[] archive = Written(1, 1, 2, 3);
        archive[17] ^= 4;
        using var stream = new MemoryStream(archive);

        Assert.Throws<FormatException>(() => ArchiveContainer.Read<int>(stream, Signature, 1, _ => throw new InvalidOperationException("read")));
    }

    [Fact]
    public void A_reader_must_read_exactly_the_whole_content()
    {
        using var stream = new MemoryStream(Written(1, 1, 2, 3, 4, 5));
        Assert.Contains("1 bytes too many", Assert.Throws<FormatException>(() => ArchiveContainer.Read(stream, Signature, 1, r => r.ReadInt32())).Message, StringComparison.Ordinal);

        stream.Position = 0;
        Assert.Contains("shorter", Assert.Throws<FormatException>(() => ArchiveContainer.Read(stream, Signature, 1, r => r.ReadInt64())).Message, StringComparison.Ordinal);
    }

    /// <summary>A stream that returns one byte per read and cannot seek.</summary>
    private sealed class ByteByByteStream(byte[] bytes) : Stream
    {
        private int _position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (count == 0 || _position == bytes.Length)
                return 0;
            buffer[offset] = bytes[_position++];
            return 1;
        }

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
