using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.TargetProp.Samples;

namespace Microsoft.ML.TargetProp.Tests.Samples;

/// <summary>Creates files in MNIST's format, valid or damaged.</summary>
internal static class MnistFiles
{
    public const uint ImagesMagic = 0x803;
    public const uint LabelsMagic = 0x801;

    public static byte[] Images(int count, uint magic = ImagesMagic, uint side = DigitSet.Side, int body = -1) =>
        Concat([magic, (uint)count, side, side], body < 0 ? count * DigitSet.PixelCount : body);

    public static byte[] Labels(int count, uint magic = LabelsMagic, int body = -1) =>
        Concat([magic, (uint)count], body < 0 ? count : body);

    public static byte[] Gzip(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    /// <summary>Writes the four files with gzip compression and the given numbers of pictures.</summary>
    public static void WriteAll(string folder, int train = 3, int test = 2)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, Mnist.TrainImages + ".gz"), Gzip(Images(train)));
        File.WriteAllBytes(Path.Combine(folder, Mnist.TrainLabels + ".gz"), Gzip(Labels(train)));
        File.WriteAllBytes(Path.Combine(folder, Mnist.TestImages + ".gz"), Gzip(Images(test)));
        File.WriteAllBytes(Path.Combine(folder, Mnist.TestLabels + ".gz"), Gzip(Labels(test)));
    }

    /// <summary>Writes digits to the four files without compression.</summary>
    public static void WriteAll(string folder, DigitData data)
    {
        Directory.CreateDirectory(folder);
        foreach ((DigitSet set, string images, string labels) in new[]
        {
            (data.Train, Mnist.TrainImages, Mnist.TrainLabels),
            (data.Test, Mnist.TestImages, Mnist.TestLabels),
        })
        {
            byte[] pixels = Images(set.Count);
            for (int i = 0; i < set.Count; i++)
            {
                set.Image(i).CopyTo(pixels.AsMemory(16 + (i * DigitSet.PixelCount)));
            }

            File.WriteAllBytes(Path.Combine(folder, images), pixels);
            File.WriteAllBytes(Path.Combine(folder, labels), [.. Labels(set.Count)[..8], .. set.Labels]);
        }
    }

    /// <summary>A header followed by bytes that count from 0 to 9 repeatedly.</summary>
    private static byte[] Concat(uint[] header, int body)
    {
        byte[] content = new byte[(4 * header.Length) + body];
        for (int i = 0; i < header.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(4 * i), header[i]);
        }

        for (int i = 0; i < body; i++)
        {
            content[(4 * header.Length) + i] = (byte)(i % 10);
        }

        return content;
    }
}
