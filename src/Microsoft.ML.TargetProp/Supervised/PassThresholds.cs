namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The random numbers of the passes that a prediction averages over: a stochastic unit sends 1 in a pass where its probability is above
/// the unit's threshold for that pass. All rows share them, so that what a row is scored with depends neither on other rows nor on batches.
/// </summary>
/// <remarks>
/// Thresholds are a Latin hypercube (McKay, Beckman and Conover 1979): the P thresholds of a unit fall one into each P-th part of [0, 1), in
/// random order. In any one pass the units are independent Bernoulli samples; over all passes each unit sends 1 as often as its
/// probability says, to within one pass, so that fewer passes do.
/// </remarks>
internal sealed class PassThresholds
{
    private readonly float[][][] _thresholds;
    private SplitMix64 _random;

    /// <summary>For every hidden layer that another one reads: the output layer reads the probabilities of the last.</summary>
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
                // Shuffled from the inside out.
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
