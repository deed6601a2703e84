using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>What the columns of a table are, by the values they hold.</summary>
internal static class AutomaticUnits
{
    /// <summary>
    /// Logistic throughout when every observed entry lies in [0, 1], as pixels do. Otherwise logistic where there is nothing but 0 and 1, and
    /// Gaussian elsewhere: a column of a narrow range within [0, 1] is better standardised.
    /// </summary>
    /// <param name="visible"><c>[rows, columns]</c>, NaN where missing.</param>
    public static TargetPropVisibleUnits[] Choose(Tensor visible)
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
}
