using static Microsoft.ML.TargetProp.Core.ArchiveFields;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>The networks of a model as bytes (docs/model-format.md). Reading checks every field.</summary>
internal static class NetworkArchive
{
    private const byte HasSignal = 128;

    // *** Binary format ***
    // byte: 255 when there are several networks (format version 3), and then
    //     int: number of networks
    //     for each network: float: its weight; then the network
    // otherwise the network. A network is
    // byte: output kind (0 softmax, 1 logistic, 4 linear), plus 2 when the hidden layers are normalised
    // byte: activation of the hidden units; plus 128 when their type is not continuous, and then
    //     byte: type of the units, int: levels, int: prediction passes, int: seed of the passes
    // int: input units
    // int: number of hidden layers
    // int[]: units of the hidden layers
    // int: output units
    // for linear outputs (format version 3): RegressionArchive
    // EncodingArchive: the encoding of the columns
    // int: number of feedback maps, then for each
    //     int: layer it reads, int: layer it writes, byte: activation
    // for each forward map f_1 … f_M, then for each feedback map
    //     float[outputs * inputs]: weights, row by row
    //     float[outputs]: biases
    // when the hidden layers are normalised, for each of them
    //     float[units]: means, float[units]: scales

    private const int NormalizedFlag = 2;
    private const byte Several = 255;

    /// <summary>Most networks of a model.</summary>
    public const int MaxMembers = 64;

    /// <summary>Whether networks need format version 3.</summary>
    public static bool NeedVersion3(IReadOnlyList<NetworkSnapshot> members) =>
        members.Count > 1 || members[0].Shape.Regression is not null || EncodingArchive.NeedsVersion3(members[0].Encoding);

    public static void Write(BinaryWriter writer, IReadOnlyList<NetworkSnapshot> members)
    {
        if (members.Count == 1)
        {
            Write(writer, members[0], []);
            return;
        }
        writer.Write(Several);
        writer.Write(members.Count);
        for (var i = 0; i < members.Count; i++)
        {
            writer.Write(members[i].Weight);
            Write(writer, members[i], [.. members.Take(i).Select(m => m.Encoding)]);
        }
    }

    /// <exception cref="FormatException">A field has a value that no network has.</exception>
    public static IReadOnlyList<NetworkSnapshot> Read(BinaryReader reader)
    {
        var kind = reader.ReadByte();
        if (kind != Several)
            return [Read(reader, kind, 1, [])];
        var count = reader.ReadInt32();
        Check(count is >= 2 and <= MaxMembers, "number of networks", count);
        var members = new List<NetworkSnapshot>();
        while (members.Count < count)
        {
            var weight = reader.ReadSingle();
            Check(float.IsFinite(weight) && weight > 0, $"weight of network {members.Count + 1}", weight);
            var member = Read(reader, reader.ReadByte(), weight, [.. members.Select(m => m.Encoding)]);
            Check(members.Count == 0 || HaveSameOutputs(members[0], member), $"number of columns or outputs of network {members.Count + 1}", member.Shape.OutputUnits);
            members.Add(member);
        }
        return members;
    }

    private static bool HaveSameOutputs(NetworkSnapshot first, NetworkSnapshot other) =>
        first.Columns == other.Columns && ReferenceEquals(first.Encoding as SparseEncoding, other.Encoding as SparseEncoding) && (first.Shape.Output, first.Shape.OutputUnits) == (other.Shape.Output, other.Shape.OutputUnits);

    private static void Write(BinaryWriter writer, NetworkSnapshot network, IReadOnlyList<ColumnEncoding?> earlier)
    {
        var shape = network.Shape;
        writer.Write((byte)((int)shape.Output + (shape.Normalized ? NormalizedFlag : 0)));
        WriteSignal(writer, shape);
        writer.Write(shape.InputUnits);
        writer.Write(shape.HiddenUnits.Count);
        foreach (var units in shape.HiddenUnits)
            writer.Write(units);
        writer.Write(shape.OutputUnits);
        if (shape.Regression is { } regression)
            RegressionArchive.Write(writer, regression);
        EncodingArchive.Write(writer, network.Encoding, earlier);
        writer.Write(network.Feedback.Count);
        foreach (var map in network.Feedback)
        {
            writer.Write(map.Shape.From);
            writer.Write(map.Shape.To);
            writer.Write(map.Shape.Activation.Code);
        }
        WriteMaps(writer, network.Forward.Concat(network.Feedback));
        foreach (var layer in network.Normalization)
        {
            WriteFloats(writer, layer.Mean);
            WriteFloats(writer, layer.Scale);
        }
    }

    private static NetworkSnapshot Read(BinaryReader reader, byte kind, float weight, IReadOnlyList<ColumnEncoding?> earlier)
    {
        var normalized = (kind & NormalizedFlag) != 0;
        var output = (OutputKind)(kind & ~NormalizedFlag);
        Check(Enum.IsDefined(output), "output kind", kind);
        var (activation, signal) = ReadSignal(reader);
        var inputUnits = ReadUnits(reader, "input units");
        var hiddenLayers = reader.ReadInt32();
        Check(hiddenLayers is >= 1 and <= LayerLimits.MaxLayers, "number of hidden layers", hiddenLayers);
        var hiddenUnits = new int[hiddenLayers];
        for (var i = 0; i < hiddenLayers; i++)
            hiddenUnits[i] = ReadUnits(reader, $"units of hidden layer {i + 1}");
        var outputUnits = ReadUnits(reader, "output units");
        var regression = output == OutputKind.Linear ? RegressionArchive.Read(reader) : null;
        Check(output == OutputKind.Softmax ? outputUnits >= 2 : outputUnits == (regression?.Units ?? 1), "number of output units", outputUnits);
        var shape = new NetworkShape(inputUnits, hiddenUnits, outputUnits, activation, output) { Normalized = normalized, Signal = signal, Regression = regression };

        var encoding = EncodingArchive.Read(reader, inputUnits, earlier);
        var feedback = ReadFeedbackShapes(reader, shape);
        return new(shape, encoding, ReadMaps(reader, shape.ForwardMaps(), "forward"), ReadMaps(reader, feedback, "feedback"))
        {
            Normalization = normalized ? [.. hiddenUnits.Select((units, i) => ReadNormalization(reader, units, i + 1))] : [],
            Weight = weight,
        };
    }

    private static NormalizationSnapshot ReadNormalization(BinaryReader reader, int units, int layer) => new(
        ReadFloats(reader, units, $"means of hidden layer {layer}"), ReadFloats(reader, units, $"scales of hidden layer {layer}"));

    private static void WriteSignal(BinaryWriter writer, NetworkShape shape)
    {
        if (shape.Signal.IsContinuous)
        {
            writer.Write((byte)shape.Activation);
            return;
        }
        writer.Write((byte)((byte)shape.Activation | HasSignal));
        writer.Write((byte)shape.Signal.UnitType);
        writer.Write(shape.Signal.Levels);
        writer.Write(shape.Signal.Passes);
        writer.Write(shape.Signal.Seed);
    }

    private static (TargetPropActivation Activation, HiddenSignal Signal) ReadSignal(BinaryReader reader)
    {
        var code = reader.ReadByte();
        var activation = (TargetPropActivation)(code & ~HasSignal);
        Check(Enum.IsDefined(activation), "activation", code);
        if ((code & HasSignal) == 0)
            return (activation, HiddenSignal.Continuous);
        var units = (TargetPropUnitType)reader.ReadByte();
        Check(Enum.IsDefined(units) && units != TargetPropUnitType.Continuous, "kind of units", (byte)units);
        var signal = new HiddenSignal(units, reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        Check(signal.Activation == activation, $"activation of {units} units", activation);
        Check(signal.Levels is >= 2 and <= HiddenSignal.MaxLevels, "number of levels", signal.Levels);
        Check(signal.Passes is >= 1 and <= HiddenSignal.MaxPasses, "number of prediction passes", signal.Passes);
        return (activation, signal);
    }

    private static LayerMapShape[] ReadFeedbackShapes(BinaryReader reader, NetworkShape shape)
    {
        var count = reader.ReadInt32();
        Check(count >= 0 && count <= shape.OutputLayer, "number of feedback maps", count);
        var maps = new LayerMapShape[count];
        for (var i = 0; i < count; i++)
        {
            var (from, to) = (reader.ReadInt32(), reader.ReadInt32());
            Check(from >= 1 && from <= shape.OutputLayer, $"layer that feedback map {i + 1} reads", from);
            Check(to >= 0 && to < from, $"layer that feedback map {i + 1} writes", to);
            var code = reader.ReadByte();
            var activation = Activation.FromCode(code);
            Check(activation is not null, $"activation of feedback map {i + 1}", code);
            maps[i] = new(from, to, shape.Units(from), shape.Units(to), activation!);
        }
        return maps;
    }
}
