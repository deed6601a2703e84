using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Running means of losses, one for each map, over the steps that are measured.</summary>
internal class LossMeter(int maps)
{
    private readonly double[] _sums = new double[maps];
    private readonly int[] _counts = new int[maps];

    /// <summary>Adds the mean over rows of the squared length of <paramref name="error"/>, <c>[batch, units]</c>.</summary>
    public virtual void Add(int map, Tensor error)
    {
        using var squared = error.mul(error);
        using var sum = squared.sum();
        _sums[map] += sum.to(ScalarType.Float64).cpu().item<double>() / error.shape[0];
        _counts[map]++;
    }

    /// <summary>The same for the error <paramref name="output"/> − <paramref name="target"/>.</summary>
    public void Add(int map, Tensor output, Tensor target)
    {
        using var error = output.sub(target);
        Add(map, error);
    }

    /// <summary>Adds a number to the loss that <see cref="Add(int, Tensor)"/> has just added, for losses with a second term.</summary>
    public void AddTo(int map, double value) => _sums[map] += value;

    /// <summary>The mean loss of one map; null when it reported none.</summary>
    public double? Mean(int map) => _counts[map] > 0 ? _sums[map] / _counts[map] : null;

    /// <summary>The mean losses of the maps that reported any.</summary>
    public IReadOnlyList<double> Means() => [.. Enumerable.Range(0, _sums.Length).Select(Mean).OfType<double>()];
}
