using static Microsoft.ML.TargetProp.Core.ArchiveFields;

namespace Microsoft.ML.TargetProp.Autoencoder;

/// <summary>An <see cref="AutoencoderSnapshot"/> as bytes (docs/model-format.md). Reading checks every field.</summary>
internal static class AutoencoderArchive
{
    // *** Binary format ***
    // byte: activation of the codes
    // int: input units, int: number of layers, int[]: their units
    // byte: 1 with standardisation, then float[input units] offsets and float[input units] scales; 0 without
    // for each encoder f_1 … f_N, then for each decoder g_1 … g_N
    //     float[outputs * inputs]: weights, row by row
    //     float[outputs]: biases

    public static void Write(BinaryWriter writer, AutoencoderSnapshot model)
    {
        writer.Write((byte)model.Shape.Activation);
        writer.Write(model.Shape.InputUnits);
        writer.Write(model.Shape.HiddenUnits.Count);
        foreach (var units in model.Shape.HiddenUnits)
            writer.Write(units);
        writer.Write((byte)(model.Standardization is null ? 0 : 1));
        if (model.Standardization is { } standardization)
        {
            WriteFloats(writer, standardization.Offset);
            WriteFloats(writer, standardization.Scale);
        }
        WriteMaps(writer, model.Encoders.Concat(model.Decoders));
    }

    /// <exception cref="FormatException">A field has a value that no auto-encoder has.</exception>
    public static AutoencoderSnapshot Read(BinaryReader reader)
    {
        var activation = reader.ReadByte();
        Check(Enum.IsDefined((TargetPropActivation)activation), "activation", activation);
        var inputUnits = ReadUnits(reader, "input units");
        var layers = reader.ReadInt32();
        Check(layers is >= 1 and <= LayerLimits.MaxLayers, "number of layers", layers);
        var hidden = new int[layers];
        for (var i = 0; i < layers; i++)
            hidden[i] = ReadUnits(reader, $"units of layer {i + 1}");
        var standardized = reader.ReadByte();
        Check(standardized <= 1, "standardisation flag", standardized);
        Standardization? standardization = standardized == 1
            ? new(ReadFloats(reader, inputUnits, "standardisation offsets"), ReadFloats(reader, inputUnits, "standardisation scales"))
            : null;
        var shape = new AutoencoderShape(inputUnits, hidden, (TargetPropActivation)activation);
        return new(shape, standardization, ReadMaps(reader, shape.Encoders(), "encoding"), ReadMaps(reader, shape.Decoders(), "decoding"));
    }
}
