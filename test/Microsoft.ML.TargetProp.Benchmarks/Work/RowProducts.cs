using System.Numerics.Tensors;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>The matrix-vector products of a forward pass for one row, in vectorized C#.</summary>
internal sealed class RowProducts
{
    private readonly float[][] _weights;
    private readonly float[][] _activities;

    public RowProducts(NetShape net)
    {
        Random random = new(1);
        _weights = [.. Enumerable.Range(1, net.Maps).Select(i => Numbers(random, net.Units(i) * net.Units(i - 1), MathF.Sqrt(net.Units(i - 1))))];
        _activities = [.. Enumerable.Range(0, net.Maps + 1).Select(i => Numbers(random, net.Units(i), 1))];
    }

    private RowProducts(float[][] weights, float[][] activities)
    {
        _weights = weights;
        _activities = activities;
    }

    /// <summary>The same products for another thread. The weights are shared, as prediction engines share them.</summary>
    public RowProducts ForAnotherThread() => new(_weights, [.. _activities.Select(a => a.ToArray())]);

    /// <summary>Runs the products of one row.</summary>
    /// <returns>A result, so that the compiler cannot remove the work.</returns>
    public float Run()
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            ReadOnlySpan<float> below = _activities[i];
            ReadOnlySpan<float> weights = _weights[i];
            Span<float> above = _activities[i + 1];
            for (int unit = 0; unit < above.Length; unit++)
            {
                above[unit] = TensorPrimitives.Dot(weights.Slice(unit * below.Length, below.Length), below);
            }
        }

        return _activities[^1][0];
    }

    private static float[] Numbers(Random random, int count, float divisor) =>
        [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) / divisor)];
}
