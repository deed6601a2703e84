using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests predictions of stochastic units, docs/algorithm.md (5.3): a mean over passes with fixed random numbers.</summary>
public sealed class StochasticPassesTests
{
    private const int Inputs = 6;

    private static NetworkShape Shape(int passes, int seed, params int[] hidden) => new(Inputs, hidden, 3, TargetPropActivation.Sigmoid, OutputKind.Softmax)
    {
        Signal = new(TargetPropUnitType.Stochastic, Passes: passes, Seed: seed),
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Each_part_of_the_interval_contains_one_threshold_of_a_unit(int passes)
    {
        var thresholds = new PassThresholds(Shape(passes, 3, 5, 4, 2));

        foreach ((int layer, int units) in new[] { (1, 5), (2, 4) })
            for (int unit = 0; unit < units; unit++)
                Assert.Equal(Enumerable.Range(0, passes), Enumerable.Range(0, passes).Select(p => (int)(thresholds.Of(layer, p)[unit] * passes)).Order());
    }

    [Fact]
    public void Thresholds_of_two_units_are_uncorrelated()
    {
        const int Passes = 10_000;
        var thresholds = new PassThresholds(Shape(Passes, 3, 4, 4, 2));
        double[] Unit(int layer, int unit) => [.. Enumerable.Range(0, Passes).Select(p => thresholds.Of(layer, p)[unit] - 0.5)];
        double[][] units = [Unit(1, 0), Unit(1, 1), Unit(1, 3), Unit(2, 0), Unit(2, 3)];

        // For independent draws, the standard deviation of a correlation is 0.01.
        for (int i = 0; i < units.Length; i++)
            for (int j = 0; j < i; j++)
                Assert.InRange(12 * units[i].Zip(units[j], (a, b) => a * b).Average(), -0.04, 0.04);
        Assert.NotEqual(units[0], new PassThresholds(Shape(Passes, 4, 4, 4, 2)) is var other ? [.. Enumerable.Range(0, Passes).Select(p => other.Of(1, p)[0] - 0.5)] : units[0]);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(3, 9)]
    [InlineData(1, 1)]
    [InlineData(1, 9)]
    public void A_prediction_is_the_mean_of_the_probabilities_of_the_passes(int outputs, int passes)
    {
        NetworkSnapshot network = Network(outputs, passes, seed: 5);
        float[] x = TestNetworks.Values(new Random(4), Inputs, 1);

        double[] expected = Expected(network, x);

        Assert.All(expected.Zip(ScoreAlone(network, x)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        using var scope = NewDisposeScope();
        using TargetPropNetwork live = TargetPropNetwork.FromSnapshot(network, CPU);
        Tensor features = tensor(x).unsqueeze(0);
        ((Standardization)network.Encoding!).Apply(features);
        Tensor logits = live.Logits(features);
        Assert.All(expected.Zip((outputs == 1 ? logits : logits.softmax(1)).data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Passes_with_probabilities_below_the_range_of_a_float_count()
    {
        float[] logits = [-200, -300], average = new float[1];
        PassAverage.Of(OutputKind.Logistic, logits, average);

        // ln p̄ − ln(1 − p̄), with p̄ = (e^−200 + e^−300) / 2.
        Assert.Equal(-200 - Math.Log(2), average[0], 1e-4);
    }

    [Theory]
    [InlineData(TargetPropUnitType.Sign, 3)]
    [InlineData(TargetPropUnitType.Quantized, 1)]
    [InlineData(TargetPropUnitType.Stochastic, 3)]
    [InlineData(TargetPropUnitType.Stochastic, 1)]
    public void A_row_has_the_same_score_bit_for_bit_alone_and_in_any_batch(TargetPropUnitType units, int outputs)
    {
        const int Rows = 400;
        var signal = new HiddenSignal(units, units == TargetPropUnitType.Quantized ? 5 : 2, Passes: units == TargetPropUnitType.Stochastic ? 11 : 1);
        NetworkSnapshot network = TestNetworks.Random(Inputs, [40, 30, 20], outputs, signal.Activation, standardized: true, signal: signal);
        float[][] rows = [.. Enumerable.Range(0, Rows).Select(r => TestNetworks.Values(new Random(r), Inputs, 1))];
        float[][] alone = [.. rows.Select(x => ScoreAlone(network, x))];

        foreach (int size in new[] { 1, 7, Rows })
            Assert.Equal(alone, Score(network, rows, size));
        Assert.Equal(alone.Reverse(), Score(network, [.. rows.Reverse()], 64));
        Assert.True(alone.Select(s => s[0]).Distinct().Count() > Rows / 2);
    }

    [Fact]
    public void The_seed_changes_the_mean_and_its_influence_falls_with_the_number_of_passes()
    {
        float[] x = TestNetworks.Values(new Random(4), Inputs, 1);
        double Spread(int passes)
        {
            double[] scores = [.. Enumerable.Range(0, 10).Select(seed => (double)ScoreAlone(Network(3, passes, seed), x)[0])];
            return Math.Sqrt(scores.Average(s => (s - scores.Average()) * (s - scores.Average())));
        }

        double few = Spread(2), many = Spread(200);

        Assert.True(few > 0);
        Assert.InRange(many, 1e-9, few / 8);
    }

    private static NetworkSnapshot Network(int outputs, int passes, int seed) => TestNetworks.Random(
        Inputs, [9, 7, 5], outputs, TargetPropActivation.Sigmoid, standardized: true, signal: new(TargetPropUnitType.Stochastic, Passes: passes, Seed: seed));

    /// <summary>The prediction by definition in double precision: the log-odds of a single output, otherwise probabilities.</summary>
    private static double[] Expected(NetworkSnapshot network, float[] x)
    {
        var input = (float[])x.Clone();
        ((Standardization)network.Encoding!).Apply(input);
        var thresholds = new PassThresholds(network.Shape);
        int outputs = network.Shape.OutputUnits, passes = network.Shape.Signal.Passes;
        var mean = new double[Math.Max(2, outputs)];
        for (int pass = 0; pass < passes; pass++)
        {
            double[] h = [.. input];
            for (int i = 0; i < network.Forward.Count; i++)
            {
                MapSnapshot map = network.Forward[i];
                // Of the three hidden layers, 1 and 2 send samples. The output reads the probabilities of layer 3.
                double[] below = i is 1 or 2 ? [.. h.Select((v, j) => v > thresholds.Of(i, pass)[j] ? 1.0 : 0)] : h;
                double[] a = [.. map.Bias.Select((b, j) => b + below.Select((v, k) => v * map.Weight[j * below.Length + k]).Sum())];
                h = i == network.Forward.Count - 1 ? a : [.. a.Select(v => 1 / (1 + Math.Exp(-v)))];
            }
            double[] powers = outputs == 1 ? [1, Math.Exp(h[0])] : [.. h.Select(Math.Exp)];
            for (int k = 0; k < mean.Length; k++)
                mean[k] += powers[k] / powers.Sum() / passes;
        }
        return outputs == 1 ? [Math.Log(mean[1] / mean[0])] : mean;
    }

    private static float[] ScoreAlone(NetworkSnapshot network, float[] x)
    {
        var scorer = new RowScorer([network]);
        x.CopyTo(scorer.Features);
        if (network.Shape.Output == OutputKind.Logistic)
            return scorer.Logits().ToArray();
        var scores = new float[network.Shape.OutputUnits];
        scorer.Probabilities(scores);
        return scores;
    }

    private static float[][] Score(NetworkSnapshot network, float[][] rows, int size)
    {
        using TargetPropNetwork live = TargetPropNetwork.FromSnapshot(network, CPU);
        using var scorer = new BatchScorer(new Committee([live]), [live.ToSnapshot()], size);
        return [.. rows.Chunk(size).SelectMany(chunk =>
        {
            for (int r = 0; r < chunk.Length; r++)
                chunk[r].CopyTo(scorer.Features(r));
            scorer.Score(chunk.Length);
            return Enumerable.Range(0, chunk.Length).Select(r => scorer.Scores(r).ToArray()).ToArray();
        })];
    }
}
