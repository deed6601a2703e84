using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>What every feedback map learns, against the reference (algorithms, §1 step 5).</summary>
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
    public void Every_feedback_map_learns_what_the_equations_say(string hidden, TargetPropActivation activation, double noise, bool weighted)
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
    public void Single_precision_follows_as_far_as_its_digits_go()
    {
        using var it = new LearningCase("5,7,4,6,3,8,5", TargetPropActivation.Tanh, weighted: true, rows: 50, type: ScalarType.Float32);
        using ParameterBuffer updates = it.Network.FeedbackParameters.NewLike();
        using var random = new RandomSource(11, CPU);
        using var sameRandom = new RandomSource(11, CPU);

        new ReconstructionLearning(0.3).ComputeUpdates(it.Forward(), random, updates, null);

        LearningCase.Agree(it.Reference.FeedbackUpdates(it.Rows, it.DrawNoise(sameRandom, 0.3, 50)), updates, 1e-5);
    }

    [Fact]
    public void The_noise_adds_its_variance_times_the_squared_size_of_the_remaining_map()
    {
        // A linear g after a linear f gives r(h) − h = (VW − I) h + …: over the noise, the mean loss is the loss without noise plus
        // σ² ‖VW − I‖². Tanh is linear near zero: activities and noise of a few hundredths keep f within a thousandth of its linear part.
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
    public void Feedback_that_learns_reconstructs_the_layer_below(TargetPropActivation activation)
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
    public void Feedback_learns_at_every_kth_step_from_the_first_on()
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
