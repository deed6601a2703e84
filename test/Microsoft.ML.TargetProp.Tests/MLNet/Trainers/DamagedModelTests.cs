using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.Transforms;
using static Microsoft.ML.TargetProp.Tests.Support.ModelZip;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// A file that is not what was saved gives an exception that says so: no crash, no hang, no huge allocation, and no model that looks
/// like the saved one and is another.
/// </summary>
public sealed class DamagedModelTests(DamagedModelTests.Saved saved) : IClassFixture<DamagedModelTests.Saved>
{
    private const string NetworkEntry = "TransformerChain/Transform_001/Model/Network";

    /// <summary>Loading a small model takes milliseconds; what takes this long hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        int[] lengths = [0, 1, 3, 4, 21, 22, .. Enumerable.Range(1, 99).Select(i => i * saved.Zip.Length / 100), .. Enumerable.Range(1, 25).Select(i => saved.Zip.Length - i)];
        foreach (int length in lengths)
            Assert.True(Try(saved.Zip[..length]) is Exception, $"cut to {length} of {saved.Zip.Length} bytes");
    }

    [Fact]
    public void A_flipped_bit_is_found_or_does_not_matter()
    {
        var random = new Random(1);
        int found = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[] zip = [.. saved.Zip];
            int bit = random.Next(8 * zip.Length);
            zip[bit / 8] ^= (byte)(1 << (bit % 8));

            object outcome = Try(zip);

            found += outcome is Exception ? 1 : 0;
            Assert.True(outcome is Exception || outcome.Equals(saved.Description), $"bit {bit % 8} of byte {bit / 8} gave another model");
        }
        // The rest are dates and other fields of the .zip that nobody reads.
        Assert.InRange(found, 300, 400);
    }

    [Fact]
    public void A_flipped_bit_in_any_entry_is_found_by_the_checksum_of_the_zip()
    {
        var random = new Random(2);
        foreach (string name in EntryNames(saved.Zip))
        {
            // Content that has changed under a header that has not: ML.NET's own parts have no checksum of theirs.
            byte[] changed = Rewrite(saved.Zip, name, content =>
            {
                content[random.Next(content.Length)] ^= 0x10;
                return content;
            });
            byte[] zip = WithChecksumsOf(changed, saved.Zip);
            Assert.True(Try(zip) is Exception, $"a change in {name} was not found");
        }
    }

    [Fact]
    public void A_flipped_bit_in_the_network_is_found_by_its_own_checksum()
    {
        var random = new Random(3);
        byte[] network = Read(saved.Zip, NetworkEntry);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. network];
            int bit = i < 8 * 16 ? i : random.Next(8 * damaged.Length);
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            // Every bit of the header, and some of the rest.
            var reason = Assert.IsType<FormatException>(Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => damaged))));
            Assert.StartsWith("The model ", reason.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_network_cut_short_anywhere_is_refused()
    {
        byte[] network = Read(saved.Zip, NetworkEntry);
        for (int length = 0; length < network.Length; length += length < 64 ? 1 : 37)
        {
            var reason = Assert.IsType<FormatException>(Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => network[..length]))));
            Assert.StartsWith("The model is truncated", reason.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_model_of_a_later_version_asks_for_a_newer_package()
    {
        byte[] later = WithHeader(8, 3);

        var reason = Assert.IsType<FormatException>(Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => later))));

        Assert.Contains("later version of Microsoft.ML.TargetProp", reason.Message, StringComparison.Ordinal);
        Assert.Contains("format version 3", reason.Message, StringComparison.Ordinal);
        Assert.Contains("Update the package", reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 0, "format version 0")]
    [InlineData(8, -1, "format version -1")]
    [InlineData(12, int.MaxValue, "truncated")]
    [InlineData(12, -1, "length of -1")]
    [InlineData(12, 0, "checksum")]
    public void A_header_that_lies_is_refused_without_taking_memory(int offset, int value, string mention)
    {
        byte[] zip = Rewrite(saved.Zip, NetworkEntry, _ => WithHeader(offset, value));
        Try(saved.Zip);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        var reason = Assert.IsType<FormatException>(Reason(Try(zip)));

        Assert.Contains(mention, reason.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 << 20);
    }

    [Fact]
    public void Content_that_nobody_wrote_is_refused_or_read_without_taking_memory()
    {
        // The checksum holds: somebody made this on purpose. Every field before the weights, with values that could hurt.
        byte[] network = Read(saved.Zip, NetworkEntry);
        byte[] content = network[16..^32];
        int refused = 0;
        for (int offset = 0; offset < 60; offset++)
        {
            foreach (int value in new[] { int.MaxValue, int.MinValue, -1, 0, 1 << 24, 0x7F800000 })
            {
                byte[] changed = [.. content];
                BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(offset), value);
                using var stream = new MemoryStream();
                ArchiveContainer.Write(stream, "TPCLASSI", 1, writer => writer.Write(changed));
                byte[] zip = Rewrite(saved.Zip, NetworkEntry, _ => stream.ToArray());
                long before = GC.GetTotalAllocatedBytes(precise: true);

                object outcome = Try(zip);

                Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 32 << 20);
                if (outcome is not Exception error)
                    continue;
                Assert.IsType<FormatException>(Reason(error));
                refused++;
            }
        }
        Assert.InRange(refused, 100, 360);
    }

    [Fact]
    public void The_summary_and_the_names_at_the_end_are_checked_too()
    {
        byte[] content = Read(saved.Zip, NetworkEntry)[16..^32];
        int names = content.AsSpan().IndexOf("\u0006setosa"u8) - 4;
        Assert.True(names > 0);
        foreach (int value in new[] { -1, 2, 4, int.MaxValue })
        {
            byte[] changed = [.. content];
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(names), value);
            Assert.Contains("classes", Refusal(changed).Message, StringComparison.Ordinal);
        }
        // epochs, best epoch, rows (long), batch size
        int summary = names + 4 + Tables.Kinds.Sum(k => k.Length + 1);
        foreach (int offset in new[] { 0, 4, 8, 16 })
        {
            byte[] changed = [.. content];
            changed.AsSpan(summary + offset, offset == 8 ? 8 : 4).Clear();
            Assert.Contains("impossible counts", Refusal(changed).Message, StringComparison.Ordinal);
        }
        byte[] rule = [.. content];
        rule[summary + 24] = 200;
        Assert.Contains("learning rule is 200", Refusal(rule).Message, StringComparison.Ordinal);
        byte[] flag = [.. content];
        flag[summary + 41] = 2;
        Assert.Contains("validation flag is 2", Refusal(flag).Message, StringComparison.Ordinal);
        Assert.Contains("bytes too many", Refusal([.. content, 0]).Message, StringComparison.Ordinal);
        Assert.Contains("shorter than", Refusal(content[..^1]).Message, StringComparison.Ordinal);
        // A length of text that no text has.
        Assert.IsType<FormatException>(Refusal([.. content[..(names + 4)], 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]));
    }

    [Fact]
    public void Other_content_in_place_of_the_network_is_refused()
    {
        var ml = new MLContext(seed: 1);
        IDataView moons = Models.Moons(ml);
        byte[] binary = Models.Zip(ml, ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 1)).Fit(moons), moons.Schema);
        byte[] logistic = Read(binary, "TransformerChain/Model/Predictor/Network");

        Assert.Contains("Softmax", Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => logistic))).Message, StringComparison.Ordinal);
        Assert.Contains("signature", Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => Encoding.ASCII.GetBytes("something else altogether, and long enough for a header")))).Message, StringComparison.Ordinal);
        Assert.Contains("truncated", Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => []))).Message, StringComparison.Ordinal);
        Assert.Contains("no stream 'Network'", Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => null))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        var noise = new byte[5000];
        new Random(4).NextBytes(noise);
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("hello.txt").Open().Dispose();

        foreach (byte[] file in new[] { [], noise, Encoding.ASCII.GetBytes("PK"), stream.ToArray() })
            Assert.IsAssignableFrom<Exception>(Try(file));
        Assert.Throws<FileNotFoundException>(() => new MLContext().Model.Load(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")), out _));
    }

    [Fact]
    public void A_damaged_binary_model_is_refused_as_well()
    {
        var ml = new MLContext(seed: 1);
        IDataView moons = Models.Moons(ml);
        var model = ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 1)).Fit(moons);
        byte[] zip = Models.Zip(ml, model, moons.Schema);
        List<string> expected = ViewText.Rows(model.Transform(moons));
        var random = new Random(5);
        for (int i = 0; i < 150; i++)
        {
            byte[] damaged = [.. zip];
            int bit = random.Next(8 * damaged.Length);
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            List<string>? rows = null;
            Exception? error = Record.Exception(() => rows = ViewText.Rows(Models.Load(new MLContext(), damaged).Transform(moons)));
            Assert.True(error is not null || rows!.SequenceEqual(expected), $"bit {bit % 8} of byte {bit / 8} gave another model");
        }
    }

    private FormatException Refusal(byte[] content)
    {
        using var stream = new MemoryStream();
        ArchiveContainer.Write(stream, "TPCLASSI", 1, writer => writer.Write(content));
        return Assert.IsType<FormatException>(Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => stream.ToArray()))));
    }

    private byte[] WithHeader(int offset, int value)
    {
        byte[] network = Read(saved.Zip, NetworkEntry);
        BinaryPrimitives.WriteInt32LittleEndian(network.AsSpan(offset), value);
        return network;
    }

    /// <summary>What loading and scoring came to: an exception, or a description of the model.</summary>
    private object Try(byte[] zip)
    {
        object? outcome = null;
        // A thread of its own, so that a hang fails a test instead of stopping all of them.
        var thread = new Thread(() =>
        {
            try
            {
                outcome = saved.Describe(Models.Load(new MLContext(), zip));
            }
            catch (Exception error)
            {
                outcome = error;
            }
        })
        { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(Patience), "loading does not end");
        return outcome!;
    }

    /// <summary>A .zip whose directory claims the checksums of another one.</summary>
    private static byte[] WithChecksumsOf(byte[] zip, byte[] other)
    {
        byte[] result = [.. zip];
        List<int> from = DirectoryEntries(other), to = DirectoryEntries(result);
        foreach ((int source, int target) in from.Zip(to))
            other.AsSpan(source + 16, 4).CopyTo(result.AsSpan(target + 16));
        return result;
    }

    /// <summary>Where the entries of the central directory begin.</summary>
    private static List<int> DirectoryEntries(byte[] zip)
    {
        var places = new List<int>();
        for (int place = 0; place + 4 <= zip.Length; place++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(place)) == 0x02014b50)
                places.Add(place);
        }
        return places;
    }

    /// <summary>A pipeline from text to text in a .zip, and what it says about some flowers.</summary>
    public sealed class Saved
    {
        private readonly MLContext _ml = new(seed: 1);
        private readonly IDataView _table;

        public Saved()
        {
            _table = _ml.Data.LoadFromEnumerable(Tables.Flowers(20));
            var chain = (TransformerChain<KeyToValueMappingTransformer>)Models.TextPipeline(_ml, Models.Small(epochs: 2)).Fit(_ml.Data.LoadFromEnumerable(Tables.Flowers()));
            Zip = Models.Zip(_ml, chain, _table.Schema);
            Description = Describe(chain);
        }

        public byte[] Zip { get; }

        public string Description { get; }

        public string Describe(ITransformer model)
        {
            IDataView scored = model.Transform(_table);
            return string.Join('\n', ViewText.Schema(scored.Schema)) + string.Join('\n', ViewText.Rows(scored));
        }
    }
}
