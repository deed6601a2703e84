namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The random numbers of the prediction passes. A stochastic unit sends 1 in a pass when its probability is above its threshold for that pass. All
/// rows share the thresholds, so the score of a row does not depend on other rows or on batches.
/// </summary>
/// <remarks>
/// The thresholds are a Latin hypercube (McKay, Beckman and Conover 1979): the P thresholds of a unit lie one in each P-th part of [0, 1), in random
/// order. In each pass the units are independent Bernoulli samples. Over all passes, the frequency of a unit's 1 equals its probability to within one
/// pass, so fewer passes are enough.
/// </remarks>
internal sealed class PassThresholds
{
    private readonly float[][][] _thresholds;
    private SplitMix64 _random;

    /// <summary>
    /// Draws the thresholds of all hidden layers but the last, whose probabilities the output layer reads without sampling.
    /// </summary>
    public PassThresholds(NetworkShape shape)
    {
        _random = new((uint)shape.Signal.Seed);
        _thresholds = [.. shape.HiddenUnits.SkipLast(1).Select(units => Layer(units, shape.Signal.Passes))];
    }

    /// <summary>Thresholds of the units of a layer in a pass.</summary>
    /// <param name="layer">The sampled layer, from 1.</param>
    /// <param name="pass">The pass, from 0.</param>
    public float[] Of(int layer, int pass) => _thresholds[layer - 1][pass];

    private float[][] Layer(int units, int passes)
    {
        var thresholds = Enumerable.Range(0, passes).Select(_ => new float[units]).ToArray();
        var order = new int[passes];
        for (var unit = 0; unit < units; unit++)
        {
            for (var i = 0; i < passes; i++)
            {
                // The shuffle builds the order from the inside out.
                var j = (int)((_random.Next() >> 32) * (ulong)(i + 1) >> 32);
                order[i] = order[j];
                order[j] = i;
            }
            for (var pass = 0; pass < passes; pass++)
                thresholds[pass][unit] = (float)((order[pass] + (_random.Next() >> 40) * Math.Pow(2, -24)) / passes);
        }
        return thresholds;
    }
}
