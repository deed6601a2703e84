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
/// Checks that loading a damaged file throws an exception that says so. It does not crash, hang or allocate much memory, and never returns
/// another model than the saved one.
/// </summary>
public sealed class DamagedModelTests(DamagedModelTests.Saved saved) : IClassFixture<DamagedModelTests.Saved>
{
    private const string NetworkEntry = "TransformerChain/Transform_001/Model/Network";

    /// <summary>Loading a small model takes milliseconds, so a load that exceeds this time hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_file_cut_at_any_position_is_rejected()
    {
        int[] lengths = [0, 1, 3, 4, 21, 22, .. Enumerable.Range(1, 99).Select(i => i * saved.Zip.Length / 100), .. Enumerable.Range(1, 25).Select(i => saved.Zip.Length - i)];
        foreach (int length in lengths)
            Assert.True(Try(saved.Zip[..length]) is Exception, $"cut to {length} of {saved.Zip.Length} bytes");
    }

    [Fact]
    public void A_flipped_bit_is_detected_or_has_no_effect()
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
        // The other bits are in dates and other fields of the .zip file that no reader uses.
        Assert.InRange(found, 300, 400);
    }

    [Fact]
    public void The_checksum_of_the_zip_detects_a_flipped_bit_in_any_entry()
    {
        var random = new Random(2);
        foreach (string name in EntryNames(saved.Zip))
        {
            // The content changes and the headers do not. Only the .zip file has a checksum for ML.NET's entries.
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
    public void The_checksum_of_the_network_detects_a_flipped_bit_in_it()
    {
        var random = new Random(3);
        byte[] network = Read(saved.Zip, NetworkEntry);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. network];
            int bit = i < 8 * 16 ? i : random.Next(8 * damaged.Length);
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            // All bits of the header and some bits of the content.
            var reason = Assert.IsType<FormatException>(Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => damaged))));
            Assert.StartsWith("The model ", reason.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_network_cut_at_any_position_is_rejected()
    {
        byte[] network = Read(saved.Zip, NetworkEntry);
        for (int length = 0; length < network.Length; length += length < 64 ? 1 : 37)
        {
            var reason = Assert.IsType<FormatException>(Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => network[..length]))));
            Assert.StartsWith("The model is truncated", reason.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_message_for_a_model_of_a_later_version_asks_for_a_newer_package()
    {
        byte[] later = WithHeader(8, 4);

        var reason = Assert.IsType<FormatException>(Reason(Try(Rewrite(saved.Zip, NetworkEntry, _ => later))));

        Assert.Contains("later version of Microsoft.ML.TargetProp", reason.Message, StringComparison.Ordinal);
        Assert.Contains("format version 4", reason.Message, StringComparison.Ordinal);
        Assert.Contains("Update the package", reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 0, "format version 0")]
    [InlineData(8, -1, "format version -1")]
    [InlineData(12, int.MaxValue, "truncated")]
    [InlineData(12, -1, "length of -1")]
    [InlineData(12, 0, "checksum")]
    public void A_header_with_false_sizes_is_rejected_without_allocating_memory(int offset, int value, string mention)
    {
        byte[] zip = Rewrite(saved.Zip, NetworkEntry, _ => WithHeader(offset, value));
        Try(saved.Zip);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        var reason = Assert.IsType<FormatException>(Reason(Try(zip)));

        Assert.Contains(mention, reason.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 << 20);
    }

    [Fact]
    public void Forged_content_is_rejected_or_loaded_without_allocating_much_memory()
    {
        // Every field before the weights is set to extreme values, under a valid checksum.
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
    public void The_summary_and_the_class_names_are_checked()
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
        // An invalid length of a text.
        Assert.IsType<FormatException>(Refusal([.. content[..(names + 4)], 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]));
    }

    [Fact]
    public void Other_content_in_place_of_the_network_is_rejected()
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
    public void A_file_that_is_not_a_model_is_rejected()
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
    public void A_damaged_binary_model_is_rejected()
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

    /// <summary>The outcome of loading and scoring: an exception or a description of the model.</summary>
    private object Try(byte[] zip)
    {
        object? outcome = null;
        // On its own thread, a load that hangs fails one test and does not block the others.
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
        Assert.True(thread.Join(Patience), "Loading has not ended within the time limit.");
        return outcome!;
    }

    /// <summary>Replaces the checksums in the directory of a .zip file with those of another file.</summary>
    private static byte[] WithChecksumsOf(byte[] zip, byte[] other)
    {
        byte[] result = [.. zip];
        List<int> from = DirectoryEntries(other), to = DirectoryEntries(result);
        foreach ((int source, int target) in from.Zip(to))
            other.AsSpan(source + 16, 4).CopyTo(result.AsSpan(target + 16));
        return result;
    }

    /// <summary>The offsets of the entries of the central directory.</summary>
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

    /// <summary>A saved pipeline from text label to text prediction, and its predictions for some flowers.</summary>
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
