using Microsoft.ML.TargetProp.Generative;


namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>What training rows lose.</summary>
public sealed class MaskSamplerTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(13, 0)]
    [InlineData(12, 4)]
    [InlineData(49, 7)]
    public void Something_is_always_taken_and_every_entry_is_taken_as_well_as_left(int columns, int imageWidth)
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
        // How many of the missing pixels have a missing pixel to the right.
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
        // Three lines of four pixels, and seven other columns: a line of four and three more, had nobody said how many lines there are.
        var sampler = new MaskSampler(19, 4, new(1), imageHeight: 3);
        bool[] missing = new bool[19];
        for (int i = 0; i < 300; i++)
        {
            sampler.Draw(missing);
            // One entry more may be taken, so that there is always one.
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
            // One entry more may be taken, so that there is always one.
            Assert.NotEqual(2, gaps);
            seen[0] += gaps == 3 ? 1 : 0;
            seen[1] += gaps == 0 ? 1 : 0;
            seen[2] += gaps == 0 && !missing.AsSpan(0, 16).Contains(false) ? 1 : 0;
            // From a whole picture, or all of it but that one entry.
            seen[3] += gaps == 3 && missing.AsSpan(0, 16).Count(true) <= 1 ? 1 : 0;
        }

        Assert.All(seen, count => Assert.True(count > 10, string.Join(' ', seen)));
    }
}
