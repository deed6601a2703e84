using Microsoft.ML.TargetProp.Core;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Compares vectorised activation functions and their derivatives with their definitions in double precision.</summary>
public sealed class ActivationMathTests
{
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
}
