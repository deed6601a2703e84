using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Normal noise that belongs to a row, not to a batch: the same seed, draw, row and stage give the same numbers in whatever company the row is.</summary>
internal static class RowNoise
{
    /// <summary>Independent draws from N(0, 1), <c>[rows, columns]</c>.</summary>
    /// <param name="rowKeys">What identifies each row.</param>
    /// <param name="columns">Numbers for each row.</param>
    /// <param name="seed">Of all draws.</param>
    /// <param name="draw">Which of a row's draws.</param>
    /// <param name="stage">Which use of the noise within a draw.</param>
    public static Tensor Normal(ReadOnlySpan<long> rowKeys, long columns, int seed, int draw, int stage)
    {
        var noise = zeros(rowKeys.Length, columns, dtype: ScalarType.Float32, device: CPU);
        var floats = TensorMemory.Floats(noise);
        for (var r = 0; r < rowKeys.Length; r++)
        {
            var row = floats.Slice(r * (int)columns, (int)columns);
            new GaussianNoise(new Random(Mix(seed, draw, stage, rowKeys[r]))).Add(row, row, 1);
        }
        return noise;
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood 2014) over all that names the draw.</summary>
    private static int Mix(int seed, int draw, int stage, long rowKey)
    {
        var state = 0UL;
        foreach (var part in (ReadOnlySpan<long>)[seed, draw, stage, rowKey])
        {
            state += (ulong)part + 0x9E3779B97F4A7C15;
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
            state ^= state >> 31;
        }
        return (int)state;
    }
}
