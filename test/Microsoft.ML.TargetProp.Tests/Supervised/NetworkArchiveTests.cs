using System.Buffers.Binary;
using System.Globalization;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests the archive of a network: round trips, and the rejection of damaged or invalid content, also under a valid checksum.</summary>
public sealed class NetworkArchiveTests
{
    private const string Signature = "TPTEST 1";
    private const int HeaderLength = 16;
    private const int ChecksumLength = 32;

    /// <summary>The offsets of the fields of <see cref="TestNetworks.Small"/>: 2-3-2-3 units, standardized, one feedback map.</summary>
    private static class At
    {
        public const int OutputKind = 0, Activation = 1, Inputs = 2, HiddenLayers = 6, Hidden1 = 10, Hidden2 = 14, Outputs = 18;
        public const int Standardized = 22, Offsets = 23, Scales = 31, FeedbackMaps = 39, From = 43, To = 47, FeedbackActivation = 51;
        public const int FirstWeight = 52, FirstBias = FirstWeight + 4 * 6, FeedbackWeight = FirstWeight + 4 * (6 + 3 + 6 + 2 + 6 + 3);
        public const int End = FeedbackWeight + 4 * (6 + 3);
    }

    private static byte[] Archive(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        ArchiveContainer.Write(stream, Signature, 1, write);
        return stream.ToArray();
    }

    private static byte[] Archive(NetworkSnapshot network) => Archive(w => NetworkArchive.Write(w, [network]));

    private static NetworkSnapshot Read(byte[] archive)
    {
        using var stream = new MemoryStream(archive);
        return ArchiveContainer.Read(stream, Signature, 1, NetworkArchive.Read)[0];
    }

    /// <summary>The archive of the small network with changed content and a valid checksum.</summary>
    private static byte[] Changed(Action<byte[]> change)
    {
        byte[] content = Archive(TestNetworks.Small())[HeaderLength..^ChecksumLength];
        change(content);
        return Archive(w => w.Write(content));
    }

    // *** Round trip ***

    public static TheoryData<string, TargetPropActivation, int, bool, bool> Networks => new()
    {
        { "3,2", TargetPropActivation.Tanh, 3, true, true },
        { "1", TargetPropActivation.Sigmoid, 2, false, true },
        { "4", TargetPropActivation.Relu, 1, true, false },
        { "7,5,9,4", TargetPropActivation.LeakyRelu, 10, false, true },
        { "7,5,9,4", TargetPropActivation.Elu, 1, true, true },
        { "200,100", TargetPropActivation.Tanh, 10, true, true },
        { string.Join(',', Enumerable.Repeat(3, 50)), TargetPropActivation.Tanh, 2, true, true },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_is_the_same_bit_for_bit_after_saving_and_loading(string hidden, TargetPropActivation activation, int outputs, bool standardized, bool feedback)
    {
        NetworkSnapshot network = TestNetworks.Random(11, [.. hidden.Split(',').Select(int.Parse)], outputs, activation, standardized, feedback);

        byte[] archive = Archive(network);

        TestNetworks.AssertSame(network, Read(archive));
        Assert.Equal(archive, Archive(Read(archive)));
    }

    public static TheoryData<TargetPropUnitType, int, int, int> Units => new()
    {
        { TargetPropUnitType.Sign, 2, 1, 0 },
        { TargetPropUnitType.Quantized, 7, 1, 0 },
        { TargetPropUnitType.Stochastic, 2, 123, int.MinValue },
    };

    [Theory]
    [MemberData(nameof(Units))]
    public void The_hidden_signal_is_stored_and_continuous_units_keep_the_old_format(TargetPropUnitType units, int levels, int passes, int seed)
    {
        var signal = new HiddenSignal(units, levels, passes, seed);
        NetworkSnapshot network = TestNetworks.Random(11, [3, 2], 3, signal.Activation, standardized: true, signal: signal);

        TestNetworks.AssertSame(network, Read(Archive(network)));
        Assert.Equal(signal, Read(Archive(network)).Shape.Signal);
        // The signal adds 13 bytes and changes the byte before them.
        Assert.Equal(Archive(network.With(network.Shape with { Signal = HiddenSignal.Continuous })).Length + 13, Archive(network).Length);
    }

    [Theory]
    [InlineData(2, (byte)0, "kind of units is 0")]
    [InlineData(2, (byte)9, "kind of units is 9")]
    [InlineData(1, (byte)129, "activation of Sign units is Sigmoid")]
    [InlineData(1, (byte)228, "activation is 228")]
    [InlineData(6, (byte)255, "number of levels is -16777214")]
    [InlineData(3, (byte)1, "number of levels is 1")]
    [InlineData(7, (byte)0, "number of prediction passes is 0")]
    [InlineData(10, (byte)1, "number of prediction passes is 16777217")]
    public void Invalid_hidden_signals_are_rejected(int at, byte value, string message)
    {
        byte[] content = Archive(TestNetworks.Random(2, [3, 2], 3, TargetPropActivation.Tanh, standardized: true, signal: new(TargetPropUnitType.Sign)))[HeaderLength..^ChecksumLength];
        content[at] = value;

        Assert.Contains(message, Assert.Throws<FormatException>(() => Read(Archive(w => w.Write(content)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extreme_float_values_are_stored()
    {
        NetworkSnapshot network = TestNetworks.Small();
        float[] edges = [float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, -0f, 1e-40f];
        edges.CopyTo(network.Forward[0].Weight, 0);

        TestNetworks.AssertSame(network, Read(Archive(network)));
    }

    [Fact]
    public void Feedback_maps_between_any_two_layers_are_stored()
    {
        NetworkSnapshot network = TestNetworks.Random(4, [3, 5], 2, TargetPropActivation.Tanh, standardized: false, feedback: false);
        LayerMapShape[] shapes = [new(3, 0, 2, 4, Activation.Identity), new(2, 1, 5, 3, Activation.Of(TargetPropActivation.Sigmoid)), new(3, 1, 2, 3, Activation.Identity)];
        var random = new Random(5);
        MapSnapshot[] feedback = [.. shapes.Select(s => new MapSnapshot(s, TestNetworks.Values(random, s.Inputs * s.Outputs, 1), TestNetworks.Values(random, s.Outputs, 1)))];
        var with = new NetworkSnapshot(network.Shape, null, network.Forward, feedback);

        TestNetworks.AssertSame(with, Read(Archive(with)));
    }

    [Fact]
    public void The_culture_does_not_matter()
    {
        byte[] archive = Archive(TestNetworks.Small());
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE") { NumberFormat = { NegativeSign = "minus ", NumberDecimalSeparator = "," } };
            Assert.Equal(archive, Archive(TestNetworks.Small()));
            Assert.Contains("output units is -7.", Complaint(Set(At.Outputs, -7)), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    // *** Damage ***

    [Fact]
    public void An_archive_cut_at_any_position_is_rejected()
    {
        byte[] archive = Archive(TestNetworks.Small());

        for (int length = 0; length < archive.Length; length++)
            Assert.Throws<FormatException>(() => Read(archive[..length]));
    }

    [Fact]
    public void Every_flipped_bit_is_rejected()
    {
        byte[] archive = Archive(TestNetworks.Small());

        for (int bit = 0; bit < 8 * archive.Length; bit++)
        {
            archive[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<FormatException>(() => Read(archive));
            archive[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        TestNetworks.AssertSame(TestNetworks.Small(), Read(archive));
    }

    [Fact]
    public void Random_content_under_a_valid_checksum_gives_a_network_or_a_format_error_in_little_memory()
    {
        var random = new Random(1);
        byte[] small = Archive(TestNetworks.Small())[HeaderLength..^ChecksumLength];
        for (int attempt = 0; attempt < 3000; attempt++)
        {
            byte[] content = [.. small];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
                content[random.Next(attempt % 2 == 0 ? At.FirstWeight : At.End)] = (byte)random.Next(256);
            byte[] archive = Archive(w => w.Write(content));

            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                NetworkSnapshot network = Read(archive);
                Assert.Equal(content, Archive(network)[HeaderLength..^ChecksumLength]);
            }
            catch (FormatException)
            {
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000);
        }
    }

    // *** Fields ***

    private static string Complaint(byte[] archive) => Assert.Throws<FormatException>(() => Read(archive)).Message;

    private static byte[] Set(int at, int value) => Changed(c => BinaryPrimitives.WriteInt32LittleEndian(c.AsSpan(at), value));

    private static byte[] Set(int at, byte value) => Changed(c => c[at] = value);

    private static byte[] Set(int at, float value) => Changed(c => BinaryPrimitives.WriteSingleLittleEndian(c.AsSpan(at), value));

    [Theory]
    [InlineData(At.OutputKind, 5, "output kind is 5")]
    [InlineData(At.OutputKind, 254, "output kind is 254")]
    [InlineData(At.OutputKind, 1, "number of output units is 3")]
    [InlineData(At.Activation, 5, "activation is 5")]
    [InlineData(At.Activation, 255, "activation is 255")]
    [InlineData(At.Standardized, 8, "encoding of the columns is 8")]
    [InlineData(At.FeedbackActivation, 6, "activation of feedback map 1 is 6")]
    [InlineData(At.FeedbackActivation, 254, "activation of feedback map 1 is 254")]
    public void The_message_for_an_invalid_byte_names_the_field(int at, byte value, string complaint)
        => Assert.Contains($"damaged: {complaint}.", Complaint(Set(at, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData(At.Inputs, 0, "input units")]
    [InlineData(At.Inputs, -1, "input units")]
    [InlineData(At.Inputs, LayerLimits.MaxUnits + 1, "input units")]
    [InlineData(At.HiddenLayers, 0, "number of hidden layers")]
    [InlineData(At.HiddenLayers, 51, "number of hidden layers")]
    [InlineData(At.HiddenLayers, int.MaxValue, "number of hidden layers")]
    [InlineData(At.HiddenLayers, int.MinValue, "number of hidden layers")]
    [InlineData(At.Hidden1, 0, "units of hidden layer 1")]
    [InlineData(At.Hidden2, -3, "units of hidden layer 2")]
    [InlineData(At.Hidden2, int.MaxValue, "units of hidden layer 2")]
    [InlineData(At.Outputs, 0, "output units")]
    [InlineData(At.Outputs, 1, "number of output units")]
    [InlineData(At.FeedbackMaps, -1, "number of feedback maps")]
    [InlineData(At.FeedbackMaps, 4, "number of feedback maps")]
    [InlineData(At.FeedbackMaps, int.MaxValue, "number of feedback maps")]
    [InlineData(At.From, 0, "layer that feedback map 1 reads")]
    [InlineData(At.From, 4, "layer that feedback map 1 reads")]
    [InlineData(At.From, -2, "layer that feedback map 1 reads")]
    [InlineData(At.To, 2, "layer that feedback map 1 writes")]
    [InlineData(At.To, 3, "layer that feedback map 1 writes")]
    [InlineData(At.To, -1, "layer that feedback map 1 writes")]
    public void The_message_for_an_invalid_number_names_the_field(int at, int value, string field)
        => Assert.Contains($"damaged: {field} is {value}.", Complaint(Set(at, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData(At.Inputs, LayerLimits.MaxUnits, "standardisation offsets")]
    [InlineData(At.Inputs, 200, "standardisation offsets")]
    [InlineData(At.Hidden1, LayerLimits.MaxUnits, "weights of forward map 1")]
    [InlineData(At.Hidden2, LayerLimits.MaxUnits, "weights of forward map 2")]
    [InlineData(At.Outputs, LayerLimits.MaxUnits, "weights of forward map 3")]
    [InlineData(At.Outputs, 100, "weights of forward map 3")]
    public void A_size_beyond_the_content_is_named_and_allocates_no_memory(int at, int value, string what)
    {
        byte[] archive = Set(at, value);
        Complaint(archive);

        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Complaint(archive);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_widest_layers_that_a_file_can_claim_cause_no_overflow()
    {
        byte[] archive = Changed(c =>
        {
            foreach (int at in new[] { At.Hidden1, At.Hidden2, At.Outputs })
                BinaryPrimitives.WriteInt32LittleEndian(c.AsSpan(at), LayerLimits.MaxUnits);
        });

        Assert.Contains("weights of forward map 1", Complaint(archive), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(At.Offsets, "standardisation offsets")]
    [InlineData(At.Scales + 4, "standardisation scales")]
    [InlineData(At.FirstWeight, "weights of forward map 1")]
    [InlineData(At.FirstBias + 8, "biases of forward map 1")]
    [InlineData(At.FeedbackWeight, "weights of feedback map 1")]
    [InlineData(At.End - 4, "biases of feedback map 1")]
    public void The_message_for_a_NaN_or_infinite_value_names_the_field(int at, string what)
    {
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            Assert.Contains(what, Complaint(Set(at, value)), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_long_or_too_short_content_is_rejected()
    {
        byte[] content = Archive(TestNetworks.Small())[HeaderLength..^ChecksumLength];
        Assert.Equal(At.End, content.Length);

        Assert.Contains("1 bytes too many", Complaint(Archive(w => { w.Write(content); w.Write((byte)0); })), StringComparison.Ordinal);
        for (int length = 0; length < content.Length; length++)
            Complaint(Archive(w => w.Write(content.AsSpan(0, length))));
    }

    [Fact]
    public void The_field_offsets_of_these_tests_are_right()
    {
        byte[] content = Archive(TestNetworks.Small())[HeaderLength..^ChecksumLength];
        int Int(int at) => BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at));

        Assert.Equal([2, 2, 3, 2, 3, 1, 2, 1], new[] { At.Inputs, At.HiddenLayers, At.Hidden1, At.Hidden2, At.Outputs, At.FeedbackMaps, At.From, At.To }.Select(Int));
        Assert.Equal([0, 0, 1, 0], new[] { At.OutputKind, At.Activation, At.Standardized, At.FeedbackActivation }.Select(at => (int)content[at]));
        Assert.Equal(TestNetworks.Small().Forward[0].Bias[0], BinaryPrimitives.ReadSingleLittleEndian(content.AsSpan(At.FirstBias)));
        Assert.Equal(TestNetworks.Small().Feedback[0].Weight[0], BinaryPrimitives.ReadSingleLittleEndian(content.AsSpan(At.FeedbackWeight)));
    }
}
