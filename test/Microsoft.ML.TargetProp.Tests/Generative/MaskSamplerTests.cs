using Microsoft.ML.TargetProp.Generative;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>The masks of training rows.</summary>
public sealed class MaskSamplerTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(13, 0)]
    [InlineData(12, 4)]
    [InlineData(49, 7)]
    public void Every_mask_has_an_entry_and_every_entry_is_sometimes_masked_and_sometimes_not(int columns, int imageWidth)
    {
        var sampler = new MaskSampler(columns, imageWidth, new(1));
        bool[] missing = new bool[columns];
        int[] taken = new int[columns];
        for (int i = 0; i < 500; i++)
        {
            sampler.Draw(missing);
            Assert.Contains(true, missing);
            for (int c = 0; c < columns; c++)
                taken[c] += missing[c] ? 1 : 0;
        }

        Assert.All(taken, t => Assert.InRange(t, 100, columns == 1 ? 500 : 450));
    }

    [Fact]
    public void A_picture_often_loses_whole_blocks_and_a_table_does_not()
    {
        // The share of missing pixels whose right neighbour is missing too, with a distant pixel that is not.
        static double Together(int imageWidth)
        {
            var sampler = new MaskSampler(784, imageWidth, new(1));
            bool[] missing = new bool[784];
            double share = 0;
            for (int i = 0; i < 200; i++)
            {
                sampler.Draw(missing);
                int[] gaps = [.. Enumerable.Range(0, 784).Where(c => missing[c] && c % 28 < 27)];
                share += gaps.Count(c => missing[c + 1] && !missing[(c + 392) % 784]) / (double)gaps.Length / 200;
            }
            return share;
        }

        Assert.True(Together(28) > Together(0) + 0.15, $"{Together(28)} {Together(0)}");
    }

    [Fact]
    public void A_picture_may_have_more_columns_beside_it_than_pixels_in_a_line()
    {
        // Three lines of four pixels, and seven other columns. Without the height, four of the seven would count as a line.
        var sampler = new MaskSampler(19, 4, new(1), imageHeight: 3);
        bool[] missing = new bool[19];
        for (int i = 0; i < 300; i++)
        {
            sampler.Draw(missing);
            // One more entry may be masked, so that every mask has one.
            Assert.Contains(missing.AsSpan(12).Count(true), (int[])[0, 1, 7]);
        }
    }

    [Fact]
    public void Columns_beside_a_picture_are_there_or_missing_together_and_sometimes_alone()
    {
        var sampler = new MaskSampler(19, 4, new(1));
        bool[] missing = new bool[19];
        int[] seen = new int[4];
        for (int i = 0; i < 300; i++)
        {
            sampler.Draw(missing);
            int gaps = missing.AsSpan(16).Count(true);
            // One more entry may be masked, so that every mask has one.
            Assert.NotEqual(2, gaps);
            seen[0] += gaps == 3 ? 1 : 0;
            seen[1] += gaps == 0 ? 1 : 0;
            seen[2] += gaps == 0 && !missing.AsSpan(0, 16).Contains(false) ? 1 : 0;
            // The picture is whole, or misses only that one entry.
            seen[3] += gaps == 3 && missing.AsSpan(0, 16).Count(true) <= 1 ? 1 : 0;
        }

        Assert.All(seen, count => Assert.True(count > 10, string.Join(' ', seen)));
    }
}
