using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Compares arithmetic on plain memory with its definition and with tensor operations.</summary>
public sealed class FusedArithmeticTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

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
