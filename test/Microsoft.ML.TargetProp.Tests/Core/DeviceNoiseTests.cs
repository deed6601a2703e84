using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests random numbers that come from tensor operations, for devices without a generator. The processor gives the same numbers, so the tests run there.</summary>
public sealed class DeviceNoiseTests : IDisposable
{
    private const int Count = 1_500_000;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(-7_046_029_254_386_353_131)]
    [InlineData(long.MaxValue)]
    public void A_number_is_SplitMix64_of_its_position(long seed)
    {
        using var noise = new DeviceNoise(seed, CPU);

        float[] first = noise.Uniform([3, 5]).clone().data<float>().ToArray();
        float[] next = noise.Uniform([2]).clone().data<float>().ToArray();

        Assert.Equal(Enumerable.Range(0, 17).Select(i => (Mixed(unchecked((ulong)seed + (ulong)i * 0x9E3779B97F4A7C15)) >> 40) * (float)Math.Pow(2, -24)), [.. first, .. next]);
    }

    [Fact]
    public void Uniform_numbers_fill_the_interval_evenly()
    {
        using var noise = new DeviceNoise(3, CPU);

        float[] numbers = noise.Uniform([Count]).clone().data<float>().ToArray();

        Assert.All(numbers, n => Assert.True(n is >= 0 and < 1));
        double expected = Count / 1000.0;
        double chi = numbers.CountBy(n => (int)(1000 * n)).Sum(bin => Math.Pow(bin.Value - expected, 2) / expected);
        // χ² with 999 degrees of freedom has variance 2 · 999; the test allows 5 standard deviations.
        Assert.InRange(chi, 999 - 5 * Math.Sqrt(2 * 999), 999 + 5 * Math.Sqrt(2 * 999));
        Assert.Equal(0, Correlation(numbers[..^1], numbers[1..]), 5 / Math.Sqrt(Count));
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_a_Gaussian_and_are_uncorrelated()
    {
        using var noise = new DeviceNoise(3, CPU);

        double[] numbers = [.. noise.Normal([Count]).clone().data<float>().ToArray().Select(n => (double)n)];

        Assert.All(numbers, n => Assert.True(double.IsFinite(n)));
        Assert.Equal(0, numbers.Average(), 5 / Math.Sqrt(Count));
        Assert.Equal(1, numbers.Average(n => n * n), 5 * Math.Sqrt(2.0 / Count));
        Assert.Equal(0, numbers.Average(n => n * n * n), 5 * Math.Sqrt(15.0 / Count));
        Assert.Equal(3, numbers.Average(n => n * n * n * n), 5 * Math.Sqrt(96.0 / Count));
        Assert.InRange(numbers.Max(Math.Abs), 4.5, 7);
        float[] floats = [.. numbers.Select(n => (float)n)];
        Assert.Equal(0, Correlation(floats[..^1], floats[1..]), 5 / Math.Sqrt(Count));
        // The Box-Muller transform makes these pairs from the same uniform numbers.
        Assert.Equal(0, Correlation(floats[..(Count / 2)], floats[(Count / 2)..]), 5 / Math.Sqrt(Count / 2));
    }

    [Fact]
    public void Draws_differ_from_each_other_and_depend_only_on_the_seed()
    {
        using DeviceNoise noise = new(5, CPU), same = new(5, CPU), other = new(6, CPU);
        Tensor[] Draws(DeviceNoise from) => [.. Enumerable.Range(0, 3).Select(_ => from.Normal([700_000]).clone())];

        Tensor[] draws = Draws(noise), again = Draws(same), others = Draws(other);

        for (int i = 0; i < 3; i++)
        {
            Assert.True(draws[i].eq(again[i]).all().ToBoolean());
            Assert.All([.. draws[..i], others[i]], d => Assert.InRange(d.sub(draws[i]).abs().mean().ToDouble(), 1.1, 1.2));
        }
    }

    private static ulong Mixed(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static double Correlation(float[] a, float[] b)
    {
        double meanA = a.Average(v => (double)v), meanB = b.Average(v => (double)v);
        double covariance = a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Average();
        return covariance / Math.Sqrt(a.Average(v => Math.Pow(v - meanA, 2)) * b.Average(v => Math.Pow(v - meanB, 2)));
    }
}
