using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests the source positions of the pixels in moved pictures.</summary>
public sealed class ImageWarpTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(-3, 0)]
    [InlineData(0, -2)]
    [InlineData(40, 0)]
    public void A_shift_by_whole_pixels_is_exact_and_repeats_the_edge(int right, int down)
    {
        const int Height = 5, Width = 7;
        float[] picture = Picture(Height * Width);

        float[] moved = Move(picture, Height, Width, 1, new ImageMove(right, down, 0, 1));

        AssertPixels(Height, Width, moved, (x, y) => picture[Math.Clamp(y - down, 0, Height - 1) * Width + Math.Clamp(x - right, 0, Width - 1)]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_quarter_turn_is_exact(int size)
    {
        float[] picture = Picture(size * size);

        float[] moved = Move(picture, size, size, 1, new ImageMove(0, 0, 90, 1));

        // The turn is clockwise: the left column, read upwards, becomes the upper row.
        AssertPixels(size, size, moved, (x, y) => picture[(size - 1 - x) * size + y]);
    }

    [Fact]
    public void Half_a_turn_works_for_a_picture_that_is_not_square()
    {
        float[] picture = Picture(3 * 6);

        float[] moved = Move(picture, 3, 6, 1, new ImageMove(0, 0, 180, 1));

        AssertPixels(3, 6, moved, (x, y) => picture[(2 - y) * 6 + (5 - x)]);
    }

    [Fact]
    public void Any_move_interpolates_between_four_pixels_and_treats_channels_alike()
    {
        const int Height = 6, Width = 9, Channels = 3;
        var move = new ImageMove(1.3, -0.6, 25, 1.2);
        float[] picture = Picture(Channels * Height * Width);

        float[] moved = Move(picture, Height, Width, Channels, move);

        for (int c = 0; c < Channels; c++)
        {
            float[] plane = picture[(c * Height * Width)..((c + 1) * Height * Width)];
            AssertPixels(Height, Width, moved[(c * Height * Width)..((c + 1) * Height * Width)], (x, y) =>
            {
                (double sin, double cos) = Math.SinCos(25 * Math.PI / 180);
                (double px, double py) = (x - (Width - 1) / 2.0 - move.Right, y - (Height - 1) / 2.0 - move.Down);
                return Between(plane, Height, Width, (cos * px + sin * py) / 1.2 + (Width - 1) / 2.0, (-sin * px + cos * py) / 1.2 + (Height - 1) / 2.0);
            });
        }
    }

    [Fact]
    public void A_row_and_a_single_pixel_are_valid_pictures()
    {
        Assert.Equal([7], Move([7], 1, 1, 1, new ImageMove(1, 1, 30, 1)));
        Assert.Equal([1, 1, 2], Move([1, 2, 3], 1, 3, 1, new ImageMove(1, 1, 0, 1)).Select(v => Math.Round(v, 4)));
    }

    [Fact]
    public void The_pictures_of_a_batch_move_differently_as_the_seed_determines()
    {
        float[] picture = Picture(64);
        float[] both = [.. picture, .. picture];
        float[] Warp(int seed)
        {
            using var random = new RandomSource(seed, CPU);
            using var warp = new ImageWarp(new() { Width = 8 }, 8, CPU);
            using var scope = NewDisposeScope();
            return warp.Apply(tensor(both).view(2, 64), random).data<float>().ToArray();
        }

        float[] moved = Warp(1);

        Assert.NotEqual(moved[..64], moved[64..]);
        Assert.Equal(moved, Warp(1));
        Assert.NotEqual(moved, Warp(2));
    }

    [Fact]
    public void Displacements_have_the_requested_size_and_smoothness()
    {
        const int Size = 28, Pictures = 400;
        const double Sigma = 3;
        using var scope = NewDisposeScope();
        using var random = new RandomSource(1, CPU);
        using var elastic = new ElasticField(Size, Size, Sigma, CPU);

        float[] field = elastic.Draw(Pictures, random, 2, 0.5).contiguous().data<float>().ToArray();

        double Product(int axis, int distance) => Enumerable.Range(0, Pictures).Average(p =>
        {
            int at = ((p * Size + Size / 2) * Size + Size / 2) * 2 + axis;
            return (double)field[at] * field[at + 2 * distance];
        });
        // The convolution of two Gaussians with standard deviation σ is a Gaussian with √2 σ. With 400 independent draws, a variance has an
        // error of about 10 %.
        Assert.InRange(Product(0, 0), 0.7 * 4, 1.3 * 4);
        Assert.InRange(Product(1, 0), 0.7 * 0.25, 1.3 * 0.25);
        foreach (int distance in new[] { 1, 3, 6 })
            Assert.Equal(Math.Exp(-distance * distance / (4 * Sigma * Sigma)), Product(0, distance) / Product(0, 0), 0.2);
        Assert.Equal(0, Product(0, 13) / Product(0, 0), 0.25);
    }

    private static float[] Picture(int pixels) => [.. Enumerable.Range(0, pixels).Select(i => (float)((i * 37 + i * i * 11) % 50) / 10)];

    private static float[] Move(float[] picture, int height, int width, int channels, ImageMove move)
    {
        using var scope = NewDisposeScope();
        using var warp = new ImageWarp(new() { Width = width, Channels = channels }, height, CPU);
        return warp.Apply(tensor(picture).view(1, -1), [move], null).data<float>().ToArray();
    }

    private static double Between(float[] plane, int height, int width, double x, double y)
    {
        (x, y) = (Math.Clamp(x, 0, width - 1), Math.Clamp(y, 0, height - 1));
        (int left, int top) = (Math.Min((int)x, width - 2), Math.Min((int)y, height - 2));
        (double right, double down) = (x - left, y - top);
        double At(int column, int row) => plane[row * width + column];
        return (1 - down) * ((1 - right) * At(left, top) + right * At(left + 1, top)) + down * ((1 - right) * At(left, top + 1) + right * At(left + 1, top + 1));
    }

    private static void AssertPixels(int height, int width, float[] actual, Func<int, int, double> expected)
    {
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                Assert.Equal(expected(x, y), actual[y * width + x], 1e-4);
        }
    }
}
