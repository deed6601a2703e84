namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Numerical derivatives by central differences, which are independent of any derivation by hand.</summary>
internal static class Differences
{
    private const double Little = 1e-5;

    /// <summary>∂loss/∂(W, b) of a map of the reference.</summary>
    public static ReferenceUpdate Of(ReferenceMap map, Func<double> loss) =>
        new([.. map.Weight.Select(row => Of(row, loss))], Of(map.Bias, loss));

    private static double[] Of(double[] values, Func<double> loss) => [.. values.Select((_, k) =>
    {
        double kept = values[k];
        values[k] = kept + Little;
        double above = loss();
        values[k] = kept - Little;
        double below = loss();
        values[k] = kept;
        return (above - below) / (2 * Little);
    })];
}
