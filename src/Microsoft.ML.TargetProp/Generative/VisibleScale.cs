using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The way from a user's columns to the model's visible units: Gaussian columns are standardised with the mean and standard deviation of
/// their observed entries, logistic columns stay as they are.
/// </summary>
/// <param name="Standardization">Offset 0 and scale 1 in logistic columns; scale 0 in a Gaussian column that never varies.</param>
/// <param name="Start">Where a missing entry starts: the mean of its column, in the model's units.</param>
internal sealed record VisibleScale(Standardization Standardization, float[] Start)
{
    /// <summary>Learns from the observed entries of <paramref name="visible"/>, <c>[rows, columns]</c>, NaN where missing.</summary>
    /// <exception cref="ArgumentException">A column has no observed entry.</exception>
    public static VisibleScale Learn(IReadOnlyList<TargetPropVisibleUnits> columns, Tensor visible)
    {
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var values = visible.to(ScalarType.Float64, copy: true).ZeroInPlace(missing);
        var count = missing.logical_not().to(ScalarType.Float64).sum(dim: 0L);
        var mean = values.sum(dim: 0L).div_(count);
        // Two passes: the difference of two large sums would lose a small spread around a large mean.
        var centred = values.sub_(mean).ZeroInPlace(missing);
        var deviation = centred.mul_(centred).sum(dim: 0L).div_(count).sqrt_();
        var (counts, means, deviations) = (Values(count), Values(mean), Values(deviation));

        var empty = Array.IndexOf(counts, 0);
        if (empty >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Column {empty} has no entry at all: nothing can be learned about it."), nameof(visible));
        bool Logistic(int c) => columns[c] == TargetPropVisibleUnits.Logistic;
        var indices = Enumerable.Range(0, columns.Count);
        return new(
            new([.. indices.Select(c => Logistic(c) ? 0f : (float)means[c])], [.. indices.Select(c => Logistic(c) ? 1f : Reciprocal(deviations[c], means[c]))]),
            [.. indices.Select(c => Logistic(c) ? (float)means[c] : 0f)]);
    }

    /// <summary>Rows as the model takes them, missing entries at their start; a new tensor.</summary>
    /// <param name="visible"><c>[rows, columns]</c>, NaN where missing.</param>
    /// <param name="missing">True where it is.</param>
    public Tensor ToModel(Tensor visible, Tensor missing)
    {
        using var scope = NewDisposeScope();
        var units = visible.clone();
        Standardization.Apply(units);
        return where(missing, tensor(Start, device: visible.device), units).MoveToOuterDisposeScope();
    }

    /// <summary>Rows in the user's units, from the model's; a new tensor. A Gaussian column that never varied gets the value it always had.</summary>
    public Tensor FromModel(Tensor units) => Standardization.Undo(units);

    /// <summary>Differences, such as standard deviations, from the model's units to the user's; a new tensor.</summary>
    public Tensor SpreadToUser(Tensor spread)
    {
        using var scope = NewDisposeScope();
        return spread.mul(tensor([.. Standardization.Scale.Select(s => s == 0 ? 0 : 1 / s)], device: spread.device)).MoveToOuterDisposeScope();
    }

    private static double[] Values(Tensor tensor) => tensor.cpu().data<double>().ToArray();

    /// <summary>One over the deviation; 0 where the deviation is no more than the rounding of the mean.</summary>
    private static float Reciprocal(double deviation, double mean)
    {
        var scale = (float)(1 / deviation);
        return deviation <= 1e-12 * Math.Abs(mean) || !float.IsFinite(scale) ? 0 : scale;
    }
}
