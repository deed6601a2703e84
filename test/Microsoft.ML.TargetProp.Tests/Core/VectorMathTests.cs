using System.Runtime.Intrinsics;
using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Compares vectorized functions with their definitions in double precision.</summary>
public sealed class VectorMathTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Tanh_is_accurate_for_small_arguments()
    {
        float[] arguments = [.. Enumerable.Range(-600, 1201).Select(i => MathF.Sign(i) * MathF.Exp((Math.Abs(i) - 480) / 40f))];
        float[] values = [.. arguments];

        ActivationMath.Tanh(values);

        Assert.All(arguments.Zip(values), pair => Assert.Equal(Math.Tanh(pair.First), pair.Second, 4e-7 * Math.Abs(Math.Tanh(pair.First))));
    }

    [Fact]
    public void Tanh_saturates_at_1_and_keeps_NaN()
    {
        float[] values = [float.NegativeInfinity, -1e30f, -20, -9.02f, 9.02f, 20, 1e30f, float.PositiveInfinity, float.NaN, 0];

        ActivationMath.Tanh(values);

        Assert.Equal([-1, -1, -1, -1, 1, 1, 1, 1, float.NaN, 0], values);
        float[] all = [.. Enumerable.Range(0, 200_001).Select(i => (i - 100_000) / 1e4f)];
        ActivationMath.Tanh(all);
        Assert.All(all, h => Assert.InRange(h, -1, 1));
    }

    [Fact]
    public void Tanh_of_a_value_does_not_depend_on_its_position()
    {
        float[] row = [.. Enumerable.Range(0, 29).Select(i => (i - 14) * 0.37f)];
        float[] whole = [.. row];
        ActivationMath.Tanh(whole);

        for (int start = 0; start < row.Length; start++)
        {
            float[] rest = row[start..];
            ActivationMath.Tanh(rest);
            Assert.Equal(whole[start..], rest);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(21)]
    public void One_pass_computes_tanh_of_rows_plus_bias(int columns)
    {
        float[] rows = [.. Enumerable.Range(0, 3 * columns).Select(i => MathF.Sin(i) * 2)];
        float[] bias = [.. Enumerable.Range(0, columns).Select(i => MathF.Cos(i))];
        float[] expected = [.. rows.Select((a, i) => a + bias[i % columns])];
        ActivationMath.Tanh(expected);

        ActivationMath.Tanh(rows, bias);

        Assert.Equal(expected, rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(21)]
    public void One_pass_computes_the_logistic_function_of_rows_plus_bias(int columns)
    {
        float[] rows = [.. Enumerable.Range(0, 3 * columns).Select(i => MathF.Sin(i) * 20)];
        float[] bias = [.. Enumerable.Range(0, columns).Select(i => MathF.Cos(i))];
        double[] expected = [.. rows.Select((a, i) => 1 / (1 + Math.Exp(-((double)a + bias[i % columns]))))];

        ActivationMath.Sigmoid(rows, bias);

        Assert.All(expected.Zip(rows), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(29)]
    public void Error_times_logistic_derivative_is_the_derivative_of_half_the_squared_error_of_the_output(int length)
    {
        float[] output = [.. Enumerable.Range(0, length).Select(i => 0.5f + 0.5f * MathF.Sin(i))];
        float[] target = [.. Enumerable.Range(0, length).Select(i => MathF.Cos(i))];
        float[] delta = new float[length];

        ActivationMath.ErrorTimesSigmoidDerivative(output, target, delta, 0.3f);

        Assert.All(Enumerable.Range(0, length), i => Assert.Equal(0.3 * (output[i] - target[i]) * output[i] * (1 - output[i]), delta[i], 1e-6));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(29)]
    public void A_move_adds_a_part_of_the_difference_and_of_the_pull_from_above(int length)
    {
        float[] Values(int seed) => [.. Enumerable.Range(0, length).Select(i => MathF.Sin(i * 7 + seed))];
        (float[] was, float[] goal, float[] now, float[] above) = (Values(1), Values(2), Values(3), Values(4));
        (float[] alone, float[] pulled) = ([.. was], [.. was]);

        FusedArithmetic.Move(alone, goal, now, 0.1f);
        FusedArithmetic.Move(pulled, goal, now, 0.1f, above, 0.02f);

        Assert.All(Enumerable.Range(0, length), i => Assert.Equal(was[i] + 0.1 * (goal[i] - now[i]), alone[i], 1e-6));
        Assert.All(Enumerable.Range(0, length), i => Assert.Equal(was[i] + 0.1 * (goal[i] - now[i]) + 0.02 * (above[i] - was[i]), pulled[i], 1e-6));
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

    [Theory]
    [InlineData(5, 3)]
    [InlineData(17, 40)]
    public void Passes_over_memory_equal_tensor_operations(int rows, int columns)
    {
        Tensor below = rand(rows, columns);
        Tensor reconstruction = rand(rows, columns);
        Tensor guess = rand(rows, columns);
        Tensor expected = below - reconstruction + guess;
        Tensor expectedSums = expected.to(ScalarType.Float64).sum(dim: 0L);
        Tensor expectedSlope = expected * 0.5f * (1 - below * below);

        FusedArithmetic.CorrectByDifference(TensorMemory.Floats(below), TensorMemory.Floats(reconstruction), TensorMemory.Floats(guess));
        Assert.InRange((guess - expected).abs().max().ToDouble(), 0, 1e-6);

        Tensor delta = empty_like(below);
        ActivationMath.ErrorTimesTanhDerivative(TensorMemory.Floats(below), TensorMemory.Floats(guess), TensorMemory.Floats(delta), 0.5f);
        Assert.InRange((delta - ((below - guess) * 0.5f * (1 - below * below))).abs().max().ToDouble(), 0, 1e-6);

        float[] sums = new float[columns];
        FusedArithmetic.ColumnSums(TensorMemory.Floats(guess), sums);
        Assert.InRange((tensor(sums) - expectedSums).abs().max().ToDouble(), 0, 1e-5);

        ActivationMath.TimesTanhDerivative(TensorMemory.Floats(guess), TensorMemory.Floats(below), 0.5f);
        Assert.InRange((guess - expectedSlope).abs().max().ToDouble(), 0, 1e-6);
    }

    [Fact]
    public void Only_contiguous_floats_on_the_processor_are_plain_memory()
    {
        Assert.True(TensorMemory.IsPlain(zeros(3, 4)));
        Assert.False(TensorMemory.IsPlain(zeros(3, 4).t()));
        Assert.False(TensorMemory.IsPlain(zeros(3, 4, dtype: ScalarType.Float64)));
    }
}
