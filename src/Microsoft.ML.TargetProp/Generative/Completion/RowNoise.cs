using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Normal noise of a row. It depends on the seed, the draw, the row and the stage, and not on the other rows of the batch.</summary>
internal static class RowNoise
{
    /// <summary>Independent draws from N(0, 1), <c>[rows, columns]</c>.</summary>
    /// <param name="rowKeys">A key of each row.</param>
    /// <param name="columns">Numbers for each row.</param>
    /// <param name="seed">Seed of all draws.</param>
    /// <param name="draw">Number of the draw of a row.</param>
    /// <param name="stage">Number of the stage within a draw.</param>
    public static Tensor Normal(ReadOnlySpan<long> rowKeys, long columns, int seed, int draw, int stage)
    {
        var noise = zeros(rowKeys.Length, columns, dtype: ScalarType.Float32, device: CPU);
        var floats = TensorMemory.Floats(noise);
        for (var r = 0; r < rowKeys.Length; r++)
        {
            var row = floats.Slice(r * (int)columns, (int)columns);
            new GaussianNoise(Hash(seed, draw, stage, rowKeys[r])).Add(row, row, 1);
        }
        return noise;
    }

    /// <summary>A hash of 64 bits. With 32 bits, two of about 80,000 rows would share their noise.</summary>
    private static ulong Hash(int seed, int draw, int stage, long rowKey)
    {
        var state = 0UL;
        foreach (var part in (ReadOnlySpan<long>)[seed, draw, stage, rowKey])
            state = new SplitMix64(state + (ulong)part).Next();
        return state;
    }
}
