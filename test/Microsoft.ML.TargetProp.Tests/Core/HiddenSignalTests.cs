using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests the values that discrete and stochastic units send, docs/algorithm.md (5.1) and (5.2).</summary>
public sealed class HiddenSignalTests
{
    private static readonly float[] Activities = [-1, -0.9f, -0.5f, -1e-30f, -0f, 0, 1e-30f, 1e-3f, 0.5f, 0.99f, 1, -3, 3];

    private static float[] Discretize(TargetPropUnitType units, int levels, params float[] activities)
    {
        var signal = new HiddenSignal(units, levels);
        var sent = new float[activities.Length];
        signal.Discretize(activities, sent);

        // Tensors of both precisions give the same values.
        using var scope = NewDisposeScope();
        Assert.Equal(sent, signal.Discretize(tensor(activities)).data<float>().ToArray());
        Assert.Equal(sent, signal.Discretize(tensor(activities, dtype: ScalarType.Float64)).to(ScalarType.Float32).data<float>().ToArray());
        return sent;
    }

    [Fact]
    public void A_sign_is_minus_one_at_zero()
        => Assert.Equal([-1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, -1, 1], Discretize(TargetPropUnitType.Sign, 2, Activities));

    [Fact]
    public void A_step_is_zero_at_zero()
        => Assert.Equal([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1], Discretize(TargetPropUnitType.Step, 2, Activities));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    public void Quantized_units_send_the_nearest_level(int levels)
    {
        double[] all = [.. Enumerable.Range(0, levels).Select(j => -1 + 2.0 * j / (levels - 1))];
        var random = new Random(levels);
        float[] activities = [.. Enumerable.Range(0, 500).Select(_ => (float)(2.4 * random.NextDouble() - 1.2))];

        float[] sent = Discretize(TargetPropUnitType.Quantized, levels, activities);

        Assert.All(activities.Zip(sent), pair => Assert.Equal(all.MinBy(l => Math.Abs(l - pair.First)), pair.Second, 1e-6));
        Assert.Equal(levels, sent.Distinct().Count());
    }

    [Fact]
    public void Between_two_equally_near_levels_the_lower_is_sent()
    {
        Assert.Equal([-1, 0], Discretize(TargetPropUnitType.Quantized, 3, -0.5f, 0.5f));
        Assert.Equal([-1], Discretize(TargetPropUnitType.Quantized, 2, 0));
    }

    [Fact]
    public void NaN_stays_NaN()
    {
        var sampled = new float[1];
        HiddenSignal.Sample([float.NaN], [0.5f], sampled);

        Assert.All([.. Discretize(TargetPropUnitType.Sign, 2, float.NaN), .. Discretize(TargetPropUnitType.Quantized, 5, float.NaN), .. sampled], v => Assert.Equal(float.NaN, v));
    }

    [Fact]
    public void A_sample_is_1_if_the_probability_exceeds_the_threshold()
    {
        float[] probabilities = [0, 1, 0.5f, 0.5f, 1e-30f, -2, 3], thresholds = [0, 0.99999994f, 0.5f, 0.49999997f, 0, 0, 0.999f], expected = [0, 1, 0, 1, 1, 0, 1];
        var sent = new float[probabilities.Length];

        HiddenSignal.Sample(probabilities, thresholds, sent);

        using var scope = NewDisposeScope();
        Assert.Equal(expected, sent);
        Assert.Equal(expected, HiddenSignal.Sample(tensor(probabilities).unsqueeze(0), tensor(thresholds)).data<float>().ToArray());
    }

    [Fact]
    public void Feedback_reads_levels_of_discrete_units_and_probabilities_of_stochastic_units()
    {
        using var scope = NewDisposeScope();
        Tensor h = tensor(new[] { 0.2f, -0.7f });

        Assert.Equal([1, -1], new HiddenSignal(TargetPropUnitType.Sign).IntoFeedback(h).data<float>().ToArray());
        Assert.Equal([0.2f, -0.7f], new HiddenSignal(TargetPropUnitType.Stochastic).IntoFeedback(h).data<float>().ToArray());
        Assert.Equal([0.2f, -0.7f], HiddenSignal.Continuous.IntoFeedback(h).data<float>().ToArray());
    }
}
