using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Writes the fields of archives, and reads and checks them.</summary>
internal static class ArchiveFields
{
    /// <summary>Writes weights and biases of every map, in order.</summary>
    public static void WriteMaps(BinaryWriter writer, IEnumerable<MapSnapshot> maps)
    {
        foreach (var map in maps)
        {
            WriteFloats(writer, map.Weight);
            WriteFloats(writer, map.Bias);
        }
    }

    /// <exception cref="FormatException">There are too few numbers, or some are not finite.</exception>
    public static MapSnapshot[] ReadMaps(BinaryReader reader, IReadOnlyList<LayerMapShape> shapes, string kind) =>
        [.. shapes.Select((s, i) => new MapSnapshot(
            s,
            ReadFloats(reader, (long)s.Outputs * s.Inputs, $"weights of {kind} map {i + 1}"),
            ReadFloats(reader, s.Outputs, $"biases of {kind} map {i + 1}")))];

    /// <exception cref="FormatException">No layer has that many units.</exception>
    public static int ReadUnits(BinaryReader reader, string what)
    {
        var units = reader.ReadInt32();
        Check(units is >= 1 and <= LayerLimits.MaxUnits, what, units);
        return units;
    }

    /// <exception cref="FormatException">There are too few numbers, or some are not finite.</exception>
    public static float[] ReadFloats(BinaryReader reader, long count, string what)
    {
        var left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (count * sizeof(float) > left)
            throw new FormatException($"The model is damaged: {what} should be {count} numbers, and {left / sizeof(float)} are left.");
        var values = new float[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian)
            Swap(values);
        foreach (var value in values)
            Check(float.IsFinite(value), what, value);
        return values;
    }

    public static void WriteFloats(BinaryWriter writer, float[] values)
    {
        if (BitConverter.IsLittleEndian)
        {
            writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            return;
        }
        foreach (var value in values)
            writer.Write(value);
    }

    private static void Swap(float[] values)
    {
        foreach (ref var value in MemoryMarshal.Cast<float, int>(values.AsSpan()))
            value = BinaryPrimitives.ReverseEndianness(value);
    }

    /// <exception cref="FormatException">The condition does not hold.</exception>
    public static void Check<T>(bool holds, string field, T found)
    {
        if (!holds)
            throw new FormatException(FormattableString.Invariant($"The model is damaged: {field} is {found}."));
    }
}
