using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Compares the update of every feedback map, docs/algorithm.md (3.1), with the reference.</summary>
public sealed class ReconstructionLearningTests
{
    public static TheoryData<string, TargetPropActivation, double, bool> Networks
    {
        get
        {
            var cases = new TheoryData<string, TargetPropActivation, double, bool>();
            foreach (string hidden in new[] { "5,7", "8,3,6", "5,7,4,6,3,8,5" })
                foreach (TargetPropActivation activation in Enum.GetValues<TargetPropActivation>())
                    foreach (double noise in new[] { 0, 0.4 })
                        cases.Add(hidden, activation, noise, noise > 0 ^ hidden.Length == 3);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_feedback_update_follows_the_equations(string hidden, TargetPropActivation activation, double noise, bool weighted)
    {
        using var it = new LearningCase(hidden, activation, weighted: weighted);
        using ParameterBuffer updates = it.Network.FeedbackParameters.NewLike();
        using var random = new RandomSource(11, CPU);
        using var sameRandom = new RandomSource(11, CPU);
        var losses = new LossMeter(it.Network.Feedback.Count);

        new ReconstructionLearning(noise).ComputeUpdates(it.Forward(), random, updates, losses);

        double[][][] drawn = it.DrawNoise(sameRandom, noise, it.Rows.Rows);
        Assert.Equal(noise > 0, drawn.Any(map => map.Any(row => row.Any(v => v != 0))));
        LearningCase.Agree(it.Reference.FeedbackUpdates(it.Rows, drawn), updates, 1e-6);
        LearningCase.Agree(it.Reference.ReconstructionLosses(it.Rows, drawn), [.. losses.Means()], 1e-6);
    }

    [Fact]
    public void Single_precision_agrees_up_to_rounding()
    {
        using var it = new LearningCase("5,7,4,6,3,8,5", TargetPropActivation.Tanh, weighted: true, rows: 50, type: ScalarType.Float32);
        using ParameterBuffer updates = it.Network.FeedbackParameters.NewLike();
        using var random = new RandomSource(11, CPU);
        using var sameRandom = new RandomSource(11, CPU);

        new ReconstructionLearning(0.3).ComputeUpdates(it.Forward(), random, updates, null);

        LearningCase.Agree(it.Reference.FeedbackUpdates(it.Rows, it.DrawNoise(sameRandom, 0.3, 50)), updates, 1e-5);
    }

    [Fact]
    public void Noise_adds_its_variance_times_the_squared_norm_of_VW_minus_I()
    {
        // For linear f and g, the reconstruction error is (VW − I) h + …, so noise adds σ² ‖VW − I‖² to the mean loss. Tanh is nearly linear
        // around 0: with activities and noise of a few hundredths, f differs from its linear part by 0.1 % at most.
        using var scope = NewDisposeScope();
        var shape = new NetworkShape(3, [4, 6], 2, TargetPropActivation.Tanh, OutputKind.Softmax);
        using var network = new TargetPropNetwork(shape, [new(2, 1, 6, 4, Activation.Identity)], null, CPU, ScalarType.Float64);
        using var random = new RandomSource(5, CPU);
        foreach (LayerMap map in network.Forward.Concat(network.Feedback))
            map.Weight.copy_(random.NormalLike(map.Weight, 0.4));
        network.Forward[0].Weight.mul_(0.01);
        var batch = new Batch(random.NormalLike(zeros(20_000, 3, dtype: ScalarType.Float64), 1), zeros(20_000, dtype: ScalarType.Int64), null);
        ForwardPass pass = ForwardPass.Run(network, batch, 0, random);
        const double Noise = 0.02;

        double without = Loss(0), with = Loss(Noise);

        Tensor remaining = network.Feedback[0].Weight.mm(network.Forward[1].Weight).sub(eye(4, dtype: ScalarType.Float64));
        double expected = without + Noise * Noise * remaining.mul(remaining).sum().ToDouble();
        Assert.Equal(1, with / expected, 0.02);

        double Loss(double noise)
        {
            using ParameterBuffer updates = network.FeedbackParameters.NewLike();
            var losses = new LossMeter(1);
            new ReconstructionLearning(noise).ComputeUpdates(pass, random, updates, losses);
            return losses.Means()[0];
        }
    }

    [Theory]
    [InlineData(TargetPropActivation.Tanh)]
    [InlineData(TargetPropActivation.Sigmoid)]
    [InlineData(TargetPropActivation.Relu)]
    [InlineData(TargetPropActivation.LeakyRelu)]
    [InlineData(TargetPropActivation.Elu)]
    public void Trained_feedback_reconstructs_the_layer_below(TargetPropActivation activation)
    {
        using var it = new LearningCase("6,8,10", activation, rows: 64, type: ScalarType.Float32);
        using var random = new RandomSource(2, CPU);
        double[][][] none = [.. it.Network.Feedback.Select(m => Enumerable.Range(0, 64).Select(_ => new double[m.Shape.Outputs]).ToArray())];
        double[] before = it.Reference.ReconstructionLosses(it.Rows, none);
        double[] forward = LearningCase.Flat(it.Network.ForwardParameters.Flat);
        var settings = Settings.Default with { LearningRate = 0, FeedbackLearningRate = 0.01, FeedbackNoise = 0.05 };

        using (var step = new ClassifierStep(it.Network, settings, random))
            for (int i = 0; i < 400; i++)
            {
                using var scope = NewDisposeScope();
                step.Run(it.Batch, 1, null, null);
            }

        double[] after = it.Reference.ReconstructionLosses(it.Rows, none);
        Assert.All(before.Zip(after), pair => Assert.InRange(pair.Second / pair.First, 0, 0.5));
        Assert.Equal(forward, LearningCase.Flat(it.Network.ForwardParameters.Flat));
    }

    [Fact]
    public void Feedback_learns_at_every_kth_step_starting_with_the_first()
    {
        using var it = new LearningCase("5,7,4", TargetPropActivation.Tanh);
        using var random = new RandomSource(2, CPU);
        using var step = new ClassifierStep(it.Network, Settings.Default with { FeedbackInterval = 3 }, random);
        var learned = new List<bool>();

        for (int i = 0; i < 8; i++)
        {
            double[] feedback = LearningCase.Flat(it.Network.FeedbackParameters.Flat), forward = LearningCase.Flat(it.Network.ForwardParameters.Flat);
            step.Run(it.Batch, 1, null, null);
            learned.Add(!feedback.SequenceEqual(LearningCase.Flat(it.Network.FeedbackParameters.Flat)));
            Assert.False(forward.SequenceEqual(LearningCase.Flat(it.Network.ForwardParameters.Flat)));
        }

        Assert.Equal([true, false, false, true, false, false, true, false], learned);
    }
}
