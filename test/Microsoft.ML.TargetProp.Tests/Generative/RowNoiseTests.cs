using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>The noise of samples: every row has its own.</summary>
public sealed class RowNoiseTests
{
    private static float[] Noise(long[] keys, int columns, int seed = 0, int draw = 0, int stage = 0)
    {
        using Tensor noise = RowNoise.Normal(keys, columns, seed, draw, stage);
        return noise.ToFloats();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_two_of_many_rows_share_their_noise(int seed)
    {
        const int rows = 200_000, columns = 4;

        float[] noise = Noise([.. Enumerable.Range(0, rows).Select(r => (long)r)], columns, seed);

        Assert.Equal(rows, noise.Chunk(columns).Select(row => (row[0], row[1], row[2], row[3])).Distinct().Count());
    }

    [Fact]
    public void Seed_draw_stage_and_row_each_give_other_noise_and_the_same_four_give_the_same()
    {
        float[][] noise = [Noise([5], 8), Noise([6], 8), Noise([5], 8, seed: 1), Noise([5], 8, draw: 1), Noise([5], 8, stage: 1), Noise([5 + (1L << 32)], 8)];

        Assert.Equal(noise.Length, noise.Select(n => n[0]).Distinct().Count());
        Assert.Equal(noise[0], Noise([9, 5], 8)[8..]);
    }

    [Fact]
    public void Over_many_rows_it_is_standard_normal()
    {
        float[] noise = Noise([.. Enumerable.Range(0, 20_000).Select(r => (long)r)], 3);

        Assert.Equal(0, noise.Average(), 0.02);
        Assert.Equal(1, noise.Average(v => (double)v * v), 0.03);
        Assert.Equal(0.0455, noise.Count(v => Math.Abs(v) > 2) / (double)noise.Length, 0.003);
        // The columns of a row are independent of each other.
        Assert.Equal(0, noise.Chunk(3).Average(row => (double)row[0] * row[1]), 0.03);
    }
}
