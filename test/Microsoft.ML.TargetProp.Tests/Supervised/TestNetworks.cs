using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Networks with random values in every field.</summary>
internal static class TestNetworks
{
    /// <summary>A network of a few hundred bytes, with standardization and one feedback map.</summary>
    public static NetworkSnapshot Small() => Random(2, [3, 2], 3, TargetPropActivation.Tanh, standardized: true);

    public static NetworkSnapshot Random(
        int inputs, int[] hidden, int outputs, TargetPropActivation activation, bool standardized, bool feedback = true, int seed = 1, HiddenSignal? signal = null)
    {
        var random = new Random(seed);
        var shape = new NetworkShape(inputs, hidden, outputs, activation, outputs == 1 ? OutputKind.Logistic : OutputKind.Softmax) { Signal = signal ?? HiddenSignal.Continuous };
        Standardization? standardization = standardized
            ? new(Values(random, inputs, 2), [.. Values(random, inputs, 1).Select((v, i) => i % 5 == 4 ? 0 : MathF.Abs(v))])
            : null;
        return new(shape, standardization, Maps(shape.ForwardMaps()), Maps(feedback ? new DifferenceTargetPropagation().FeedbackMaps(shape) : []));

        MapSnapshot[] Maps(IEnumerable<LayerMapShape> shapes)
            => [.. shapes.Select(s => new MapSnapshot(s, Values(random, s.Outputs * s.Inputs, 1 / Math.Sqrt(s.Inputs)), Values(random, s.Outputs, 0.3)))];
    }

    public static float[] Values(Random random, int count, double deviation)
        => [.. Enumerable.Range(0, count).Select(_ => (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    /// <summary>Asserts that all fields are equal, numbers bit for bit.</summary>
    public static void AssertSame(NetworkSnapshot expected, NetworkSnapshot actual)
    {
        Assert.Equal(expected.Shape with { HiddenUnits = [] }, actual.Shape with { HiddenUnits = [] });
        Assert.Equal(expected.Shape.HiddenUnits, actual.Shape.HiddenUnits);
        Assert.Equal(Bits((expected.Encoding as Standardization)?.Offset), Bits((actual.Encoding as Standardization)?.Offset));
        Assert.Equal(Bits((expected.Encoding as Standardization)?.Scale), Bits((actual.Encoding as Standardization)?.Scale));
        Assert.Equal(expected.Normalization.Select(n => Bits(n.Mean)), actual.Normalization.Select(n => Bits(n.Mean)));
        Assert.Equal(expected.Normalization.Select(n => Bits(n.Scale)), actual.Normalization.Select(n => Bits(n.Scale)));
        AssertSame(expected.Forward, actual.Forward);
        AssertSame(expected.Feedback, actual.Feedback);
    }

    private static void AssertSame(IReadOnlyList<MapSnapshot> expected, IReadOnlyList<MapSnapshot> actual)
    {
        Assert.Equal(expected.Select(m => m.Shape), actual.Select(m => m.Shape));
        Assert.All(expected.Zip(actual), pair =>
        {
            Assert.Equal(Bits(pair.First.Weight), Bits(pair.Second.Weight));
            Assert.Equal(Bits(pair.First.Bias), Bits(pair.Second.Bias));
        });
    }

    private static int[]? Bits(float[]? values) => values?.Select(BitConverter.SingleToInt32Bits).ToArray();
}
