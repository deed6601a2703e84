using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Converts between the user's columns and the model's visible units. Gaussian columns are standardised with the mean and standard deviation
/// of their observed entries. Logistic columns stay as they are.
/// </summary>
/// <param name="Standardization">Offset 0 and scale 1 in logistic columns; scale 0 in a Gaussian column that never varies.</param>
/// <param name="Mean">Mean of every column in the model's units. Inference starts a missing entry there.</param>
internal sealed record VisibleScale(Standardization Standardization, float[] Mean)
{
    /// <summary>
    /// Chooses the kind of every column by its values. All columns are logistic when every observed entry lies in [0, 1], as pixels do.
    /// Otherwise a column is logistic only when it holds nothing but 0 and 1: a column with a narrow range inside [0, 1] is better standardised.
    /// </summary>
    /// <param name="visible"><c>[rows, columns]</c>, NaN where missing.</param>
    public static TargetPropVisibleUnits[] ChooseUnits(Tensor visible)
    {
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var zero = zeros_like(visible);
        var one = ones_like(visible);
        var isUnit = missing.logical_or(visible.ge(zero).logical_and_(visible.le(one))).all(dim: 0).cpu().data<bool>().ToArray();
        if (isUnit.All(unit => unit))
            return [.. isUnit.Select(_ => TargetPropVisibleUnits.Logistic)];
        var isFlag = missing.logical_or(visible.eq(zero)).logical_or_(visible.eq(one)).all(dim: 0).cpu().data<bool>().ToArray();
        return Array.ConvertAll(isFlag, flag => flag ? TargetPropVisibleUnits.Logistic : TargetPropVisibleUnits.Gaussian);
    }

    /// <summary>Learns the scale from the observed entries of <paramref name="visible"/>, <c>[rows, columns]</c>, NaN where missing.</summary>
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
        var (counts, means, deviations) = (count.ToDoubles(), mean.ToDoubles(), deviation.ToDoubles());

        var empty = Array.IndexOf(counts, 0);
        if (empty >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Column {empty} has no observed entry. Leave the column out, or add rows in which it is observed."), nameof(visible));
        bool Logistic(int c) => columns[c] == TargetPropVisibleUnits.Logistic;
        var indices = Enumerable.Range(0, columns.Count);
        return new(
            new([.. indices.Select(c => Logistic(c) ? 0f : (float)means[c])], [.. indices.Select(c => Logistic(c) ? 1f : Reciprocal(deviations[c], means[c]))]),
            [.. indices.Select(c => Logistic(c) ? (float)means[c] : 0f)]);
    }

    /// <summary>Converts rows to the model's units and sets missing entries to <see cref="Mean"/>; a new tensor.</summary>
    /// <param name="visible"><c>[rows, columns]</c>, NaN where missing.</param>
    /// <param name="missing">True where an entry is missing.</param>
    public Tensor ToModel(Tensor visible, Tensor missing)
    {
        using var scope = NewDisposeScope();
        var units = visible.clone();
        Standardization.Apply(units);
        return where(missing, tensor(Mean, device: visible.device), units).MoveToOuterDisposeScope();
    }

    /// <summary>Converts rows from the model's units to the user's; a new tensor. A Gaussian column that never varied gets its one training value.</summary>
    public Tensor FromModel(Tensor units) => Standardization.Undo(units);

    /// <summary>Converts differences, such as standard deviations, from the model's units to the user's; a new tensor.</summary>
    public Tensor SpreadToUser(Tensor spread)
    {
        using var scope = NewDisposeScope();
        return spread.mul(tensor([.. Standardization.Scale.Select(s => s == 0 ? 0 : 1 / s)], device: spread.device)).MoveToOuterDisposeScope();
    }

    /// <summary>One over the deviation; 0 when the deviation is no larger than the rounding error of the mean.</summary>
    private static float Reciprocal(double deviation, double mean)
    {
        var scale = (float)(1 / deviation);
        return deviation <= 1e-12 * Math.Abs(mean) || !float.IsFinite(scale) ? 0 : scale;
    }
}

/// <summary>The activation of a visible layer with both kinds of columns: logistic in some, linear in the others.</summary>
internal sealed class MixedVisibleActivation(IReadOnlyList<TargetPropVisibleUnits> columns) : Activation
{
    private static readonly Activation Logistic = Of(TargetPropActivation.Sigmoid);

    private readonly bool[] _logistic = [.. columns.Select(c => c == TargetPropVisibleUnits.Logistic)];

    public override byte Code => 254;

    public override void Apply(Tensor preActivations)
    {
        using var scope = NewDisposeScope();
        var logistic = preActivations.clone();
        Logistic.Apply(logistic);
        preActivations.copy_(where(Mask(preActivations), logistic, preActivations));
    }

    public override void MultiplyByDerivative(Tensor delta, Tensor output)
    {
        using var scope = NewDisposeScope();
        var scaled = delta.clone();
        Logistic.MultiplyByDerivative(scaled, output);
        delta.copy_(where(Mask(delta), scaled, delta));
    }

    public override void Apply(Span<float> preActivations)
    {
        for (var i = 0; i < preActivations.Length; i++)
        {
            if (_logistic[i])
                preActivations[i] = 1f / (1f + MathF.Exp(-preActivations[i]));
        }
    }

    private Tensor Mask(Tensor like) => tensor(_logistic, device: like.device);
}
