using static Microsoft.ML.TargetProp.Core.ArchiveFields;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>A <see cref="RegressionOutput"/> as bytes (docs/model-format.md). Reading checks every field.</summary>
internal static class RegressionArchive
{
    // *** Binary format ***
    // byte: loss (0 squared, 1 absolute, 2 Huber)
    // double: width of the Huber loss
    // double: offset of the label, double: spread of the label
    // int: number of quantiles, then float[] probabilities, float[] shifts

    public static void Write(BinaryWriter writer, RegressionOutput regression)
    {
        writer.Write((byte)regression.Loss);
        writer.Write(regression.HuberWidth);
        writer.Write(regression.Scale.Offset);
        writer.Write(regression.Scale.Spread);
        writer.Write(regression.Quantiles.Count);
        WriteFloats(writer, [.. regression.Quantiles]);
        WriteFloats(writer, [.. regression.Quantiles.Select((_, k) => regression.Shifts.ElementAtOrDefault(k))]);
    }

    /// <exception cref="FormatException">A field has a value that no regression has.</exception>
    public static RegressionOutput Read(BinaryReader reader)
    {
        var loss = (TargetPropRegressionLoss)reader.ReadByte();
        Check(Enum.IsDefined(loss), "loss", (byte)loss);
        var width = reader.ReadDouble();
        Check(double.IsFinite(width) && width > 0, "width of the Huber loss", width);
        var (offset, spread) = (reader.ReadDouble(), reader.ReadDouble());
        Check(double.IsFinite(offset), "offset of the label", offset);
        Check(double.IsFinite(spread) && spread > 0, "spread of the label", spread);
        var count = reader.ReadInt32();
        Check(count is >= 0 and <= RegressionOutput.MaxQuantiles, "number of quantiles", count);
        var quantiles = ReadFloats(reader, count, "quantiles");
        Check(RegressionOutput.AreQuantiles(quantiles), "list of quantiles", string.Join(", ", quantiles));
        return new(loss, width, quantiles, new(offset, spread)) { Shifts = ReadFloats(reader, count, "shifts of the quantiles") };
    }
}
