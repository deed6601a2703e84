using System.Runtime.Intrinsics;
using Microsoft.ML.TargetProp.Core;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Checks that the noise of training is normally distributed and independent.</summary>
public sealed class GaussianNoiseTests
{
    private const int Count = 400_000;

    [Fact]
    public void The_noise_is_normally_distributed()
    {
        double[] draws = [.. Draw(Count, deviation: 1).Select(v => (double)v).Order()];

        // Kolmogorov-Smirnov test: a normal sample exceeds 1.95 / √n with probability 0.001.
        double gap = draws.Select((v, i) => Math.Abs(Normal(v) - ((i + 0.5) / Count))).Max();
        Assert.InRange(gap, 0, 1.95 / Math.Sqrt(Count));

        // This test hardly covers the tails. Beyond three standard deviations, a normal distribution has a fraction of 0.0027.
        double tails = draws.Count(v => Math.Abs(v) > 3) / (double)Count;
        Assert.Equal(0.0027, tails, 0.0004);
        Assert.InRange(draws[^1], 4, 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(3)]
    public void Draws_are_not_correlated_with_their_neighbours(int distance)
    {
        float[] draws = Draw(Count, deviation: 1);

        double correlation = draws.Zip(draws.Skip(distance), (a, b) => (double)a * b).Sum() / (Count - distance);

        Assert.Equal(0, correlation, 5 / Math.Sqrt(Count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(37)]
    public void Noise_is_added_to_every_element(int length)
    {
        GaussianNoise noise = new(new Random(5));
        float[] from = [.. Enumerable.Range(0, length).Select(i => 100f * i)];
        float[] to = new float[length];

        noise.Add(from, to, 0.5f);

        Assert.All(from.Zip(to), pair => Assert.InRange(Math.Abs(pair.Second - pair.First), 1e-6, 4));
    }

    [Fact]
    public void The_noise_has_the_requested_standard_deviation() =>
        Assert.Equal(0.09, Draw(Count, deviation: 0.3f).Average(v => (double)v * v), 0.09 * 5 * Math.Sqrt(2.0 / Count));

    private static float[] Draw(int count, float deviation)
    {
        float[] draws = new float[count];
        new GaussianNoise(new Random(11)).Add(draws, draws, deviation);
        return draws;
    }

    /// <summary>The distribution function Φ by the trapezoidal rule.</summary>
    private static double Normal(double x)
    {
        const int Steps = 200;
        double Density(double v) => Math.Exp(-v * v / 2) / Math.Sqrt(2 * Math.PI);
        double width = x / Steps;
        double sum = (Density(0) + Density(x)) / 2;
        for (int i = 1; i < Steps; i++)
        {
            sum += Density(i * width);
        }

        return 0.5 + (sum * width);
    }

    [Fact]
    public void Logarithm_is_accurate_on_the_unit_interval()
    {
        foreach (float x in Enumerable.Range(0, 24).SelectMany(e => Enumerable.Range(0, 50).Select(i => MathF.ScaleB(1 - (i / 100f), -e))))
        {
            Assert.Equal(Math.Log(x), GaussianNoise.Log(Vector256.Create(x))[0], 3e-7 * Math.Max(1, Math.Abs(Math.Log(x))));
        }
    }

    [Fact]
    public void Sine_and_cosine_are_accurate_over_a_full_period()
    {
        for (int i = -500; i <= 500; i++)
        {
            float v = i / 500f;
            (Vector256<float> sine, Vector256<float> cosine) = GaussianNoise.SinCosPi(Vector256.Create(v));
            Assert.Equal(Math.Sin(Math.PI * v), sine[3], 1e-6);
            Assert.Equal(Math.Cos(Math.PI * v), cosine[3], 1e-6);
        }
    }
}
