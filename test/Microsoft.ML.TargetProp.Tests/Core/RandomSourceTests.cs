using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests the library's random source, initial weights, noise and dropout.</summary>
public sealed class RandomSourceTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(5, 5)]
    [InlineData(3, 40)]
    [InlineData(40, 3)]
    [InlineData(1, 7)]
    [InlineData(7, 1)]
    [InlineData(1, 1)]
    [InlineData(200, 150)]
    public void A_random_orthogonal_matrix_is_orthogonal(int rows, int columns)
    {
        using var random = new RandomSource(3, CPU);

        Tensor q = random.Orthogonal(rows, columns);

        Assert.Equal([rows, columns], q.shape);
        Tensor product = rows < columns ? q.mm(q.t()) : q.t().mm(q);
        Assert.InRange(product.sub(eye(Math.Min(rows, columns))).abs().max().ToDouble(), 0, 1e-5);
    }

    [Fact]
    public void Orthogonal_matrices_have_no_preferred_direction()
    {
        // Without a correction of signs, a QR decomposition gives diagonals of one sign.
        using var random = new RandomSource(3, CPU);
        double[] first = [.. Enumerable.Range(0, 400).Select(_ => random.Orthogonal(4, 4)[0, 0].ToDouble())];

        Assert.Equal(0, first.Average(), 0.1);
        Assert.Equal(0.25, first.Average(v => v * v), 0.05);
    }

    [Theory]
    [InlineData(TargetPropActivation.Tanh, 1)]
    [InlineData(TargetPropActivation.Sigmoid, 1)]
    [InlineData(TargetPropActivation.Elu, 1)]
    [InlineData(TargetPropActivation.Relu, 1.4142135)]
    [InlineData(TargetPropActivation.LeakyRelu, 1.4141428)]
    public void Initial_weights_are_orthogonal_times_the_gain_of_the_activation_and_biases_are_zero(TargetPropActivation activation, double gain)
    {
        using var it = new LearningCase("12,9,20", activation);
        using var network = new TargetPropNetwork(it.Network.Shape, new DifferenceTargetPropagation().FeedbackMaps(it.Network.Shape), null, CPU);
        using var random = new RandomSource(3, CPU);
        network.ForwardParameters.Flat.fill_(7f);

        network.Initialize(random);

        foreach (LayerMap map in network.Forward.Concat(network.Feedback))
        {
            // A map with more outputs than inputs keeps the size of each unit's input, not the length of the vector.
            double size = (map.Activation == Activation.Identity ? 1 : gain) * Math.Sqrt(Math.Max(1, (double)map.Shape.Outputs / map.Shape.Inputs));
            Tensor w = map.Weight.div(size), product = map.Shape.Outputs < map.Shape.Inputs ? w.mm(w.t()) : w.t().mm(w);
            Assert.InRange(product.sub(eye(product.shape[0])).abs().max().ToDouble(), 0, 1e-5);
            Assert.All(LearningCase.Flat(map.Bias), b => Assert.Equal(0, b));
        }
        // Feedback weights are drawn independently; they are not the transpose of the forward weights.
        Assert.True(network.Feedback[0].Weight.sub(network.Forward[1].Weight.t()).abs().max().ToDouble() > 0.1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_another_seed_gives_others()
    {
        double[] a = Draw(5), again = Draw(5), b = Draw(6);

        Assert.Equal(a, again);
        Assert.All(a.Zip(b).Take(100), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public void The_amount_of_drawn_noise_changes_neither_weights_nor_order()
    {
        using RandomSource quiet = new(5, CPU), noisy = new(5, CPU);
        noisy.NormalLike(zeros(1000), 1);
        noisy.BernoulliLike(zeros(1000), 0.5);

        Assert.Equal(LearningCase.Flat(quiet.Orthogonal(4, 6)), LearningCase.Flat(noisy.Orthogonal(4, 6)));
        Assert.Equal(quiet.Permutation(100), noisy.Permutation(100));
    }

    private static double[] Draw(int seed)
    {
        using var random = new RandomSource(seed, CPU);
        return
        [
            .. LearningCase.Flat(random.NormalLike(zeros(60), 1)), .. LearningCase.Flat(random.Orthogonal(8, 5)),
            .. LearningCase.Flat(random.BernoulliLike(zeros(200), 0.5)), .. random.Permutation(50).Select(i => (double)i),
        ];
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_permutation_contains_every_number_once(long count)
    {
        using var random = new RandomSource(5, CPU);

        long[] first = random.Permutation(count), second = random.Permutation(count);

        Assert.Equal(Enumerable.Range(0, (int)count).Select(i => (long)i), first.Order());
        Assert.Equal(count > 1, !first.SequenceEqual(second));
    }

    [Fact]
    public void Input_noise_is_Gaussian_with_the_given_standard_deviation()
    {
        using var random = new RandomSource(5, CPU);
        Batch batch = Ones(2000, 50);

        double[] values = LearningCase.Flat(TrainingInputs.Corrupt(batch, 0.3, 0, random).Features);

        double mean = values.Average(), deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        Assert.Equal(1, mean, 0.005);
        Assert.Equal(0.3, deviation, 0.003);
        Assert.Equal(0.6827, values.Count(v => Math.Abs(v - 1) < 0.3) / 1e5, 0.01);
        Assert.All(LearningCase.Flat(batch.Features), v => Assert.Equal(1, v));
    }

    [Fact]
    public void Input_dropout_drops_the_given_fraction_and_keeps_the_expectation()
    {
        using var random = new RandomSource(5, CPU);

        double[] values = LearningCase.Flat(TrainingInputs.Corrupt(Ones(2000, 50), 0, 0.2, random).Features);

        Assert.Equal(0.2, values.Count(v => v == 0) / 1e5, 0.01);
        Assert.All(values, v => Assert.True(v == 0 || Math.Abs(v - 1.25) < 1e-6));
        Assert.Equal(1, values.Average(), 0.01);
    }

    [Fact]
    public void Without_noise_and_dropout_the_features_do_not_change()
    {
        using var random = new RandomSource(5, CPU);
        Batch batch = Ones(3, 2) with { Weights = ones(3, 1) };

        Batch same = TrainingInputs.Corrupt(batch, 0, 0, random);

        Assert.Same(batch.Features, same.Features);
        Assert.Same(batch.Labels, same.Labels);
        Assert.Same(batch.Weights, same.Weights);
    }

    private static Batch Ones(long rows, long columns) => new(ones(rows, columns), zeros(rows, dtype: ScalarType.Int64), null);

    [Fact]
    public void Hidden_dropout_keeps_the_mean_of_the_sent_values()
    {
        using var it = new LearningCase("5,7", TargetPropActivation.Tanh, rows: 1);
        var many = new Batch(it.Batch.Features.expand(20_000, -1), it.Batch.Labels.expand(20_000), null);
        using var random = new RandomSource(5, CPU);

        ForwardPass pass = ForwardPass.Run(it.Network, many, 0.4, random);

        Assert.Same(many.Features, pass.Sent[0]);
        Assert.Null(pass.DropoutMask[0]);
        double[] activity = LearningCase.Doubles(pass.Activities[1])[0], sent = LearningCase.Flat(pass.Sent[1].mean([0L]));
        Assert.All(activity.Zip(sent), pair => Assert.Equal(pair.First, pair.Second, 0.03));
        double[] kept = LearningCase.Flat(pass.DropoutMask[1]!);
        Assert.Equal(0.4, kept.Count(k => k == 0) / (double)kept.Length, 0.01);
        Assert.All(kept, k => Assert.True(k == 0 || Math.Abs(k - 1 / 0.6) < 1e-6));
    }

    [Theory]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropLearningRule.Backpropagation)]
    public void Dropped_units_do_not_learn_and_kept_ones_do(TargetPropLearningRule rule)
    {
        using var it = new LearningCase("20,30", TargetPropActivation.Tanh, rows: 1);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        using var random = new RandomSource(5, CPU);
        ForwardPass pass = ForwardPass.Run(it.Network, it.Batch, 0.5, random);

        LearningRule.Of(rule).ComputeUpdates(pass, Settings.Default.TargetStep, updates, null);

        foreach (int layer in new[] { 1, 2 })
        {
            double[] kept = LearningCase.Flat(pass.DropoutMask[layer]!);
            double[][] weights = LearningCase.Doubles(updates.Maps[layer - 1].Weight), above = LearningCase.Doubles(updates.Maps[layer].Weight.t());
            double[] biases = LearningCase.Flat(updates.Maps[layer - 1].Bias);
            Assert.Contains(0, kept);
            Assert.Contains(kept, k => k > 0);
            for (int unit = 0; unit < kept.Length; unit++)
            {
                // The weights into a dropped unit, its bias and the weights out of it do not learn.
                Assert.Equal(kept[unit] > 0, weights[unit].Any(v => v != 0));
                Assert.Equal(kept[unit] > 0, biases[unit] != 0);
                Assert.Equal(kept[unit] > 0, above[unit].Any(v => v != 0));
            }
        }
    }

    [Fact]
    public void The_first_target_includes_the_dropout_mask()
    {
        using var it = new LearningCase("20", TargetPropActivation.Tanh, rows: 1);
        using var random = new RandomSource(5, CPU);
        ForwardPass pass = ForwardPass.Run(it.Network, it.Batch, 0.5, random);

        Tensor target = DifferenceTargetPropagation.FirstTarget(pass, 0.3);

        // L depends on h through the sent values, mask ⊙ h, so its derivative contains the mask.
        Tensor gradient = pass.OutputError.mm(it.Network.Forward[1].Weight).mul(pass.DropoutMask[1]!);
        LearningCase.Agree(LearningCase.Flat(pass.Activities[1].sub(gradient.mul(0.3))), LearningCase.Flat(target), 1e-7);
    }
}
