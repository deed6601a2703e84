using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Compares fixed-weight difference target propagation, docs/algorithm.md (4.5), with the reference and tests its batch normalisation (4.8).</summary>
public sealed class FixedWeightDifferenceTargetPropagationTests
{
    private const double TargetStep = 0.3;
    private const TargetPropLearningRule Rule = TargetPropLearningRule.FixedWeightDifferenceTargetPropagation;

    [Theory]
    [InlineData("5", TargetPropActivation.Tanh, false)]
    [InlineData("8,3,6", TargetPropActivation.Tanh, false)]
    [InlineData("8,3,6", TargetPropActivation.Tanh, true)]
    [InlineData("5,7", TargetPropActivation.Sigmoid, true)]
    [InlineData("5,7,4,6,3,8,5", TargetPropActivation.Tanh, false)]
    public void Every_forward_update_is_the_derivative_of_the_loss_of_the_layer_through_the_normalisation(string hidden, TargetPropActivation activation, bool logistic)
    {
        using var it = new LearningCase(hidden, activation, logistic, weighted: true, rows: 9, rule: Rule);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        updates.Flat.fill_(double.NaN);

        new FixedWeightDifferenceTargetPropagation().ComputeUpdates(it.Forward(), TargetStep, updates, null);

        ReferenceMap[] forward = it.ForwardMaps;
        var network = new ReferenceNormalizedNetwork(forward, it.FeedbackMaps);
        double[][][] h = network.Activities(it.Rows.Features);
        double[][] errors = [.. h[^1].Select((a, r) => it.Reference.OutputError(a, it.Rows.Labels[r]))];
        double[][][] t = network.Targets(h, errors, TargetStep);
        ReferenceUpdate[] expected = [.. forward.Select((map, k) => Differences.Of(map, () =>
        {
            double[][] output = network.Layer(k + 1, h[k]);
            return output.Select((row, r) => it.Rows.Weight(r) * (k + 1 < forward.Length ? Reference.SquaredDistance(row, t[k + 1][r]) : it.Reference.Loss(row, it.Rows.Labels[r]))).Average();
        }))];
        LearningCase.Agree(expected, updates, 1e-6);
    }

    [Fact]
    public void Back_propagation_through_a_normalised_network_is_the_derivative_of_the_loss()
    {
        using var it = new LearningCase("8,3,6", TargetPropActivation.Tanh, weighted: true, rows: 9, rule: Rule);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();

        new Backpropagation().ComputeUpdates(it.Forward(), 0, updates, null);

        ReferenceMap[] forward = it.ForwardMaps;
        var network = new ReferenceNormalizedNetwork(forward, it.FeedbackMaps);
        LearningCase.Agree([.. forward.Select(map => Differences.Of(map, () =>
            network.Activities(it.Rows.Features)[^1].Select((a, r) => it.Rows.Weight(r) * it.Reference.Loss(a, it.Rows.Labels[r])).Average()))], updates, 1e-6);
    }

    [Fact]
    public void A_constant_unit_and_a_batch_of_one_row_give_finite_numbers()
    {
        using var it = new LearningCase("5,3", TargetPropActivation.Tanh, rows: 4, rule: Rule);
        it.Network.Forward[0].Weight.zero_();
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        using var random = new RandomSource(1, CPU);

        foreach (Batch batch in new[] { it.Batch, it.NewBatch(new Random(3), 1, weighted: false).Batch })
        {
            new FixedWeightDifferenceTargetPropagation().ComputeUpdates(ForwardPass.Run(it.Network, batch, 0, random), TargetStep, updates, null);
            Assert.All(LearningCase.Flat(updates.Flat), v => Assert.True(double.IsFinite(v)));
        }
    }

    [Fact]
    public void Training_does_not_change_feedback_and_running_statistics_converge_to_those_of_the_rows()
    {
        using var it = new LearningCase("6,4", TargetPropActivation.Tanh, rows: 50, rule: Rule, type: ScalarType.Float32);
        double[] feedback = LearningCase.Flat(it.Network.FeedbackParameters.Flat);
        using var random = new RandomSource(2, CPU);
        using (var step = new ClassifierStep(it.Network, Settings.Default with { Rule = Rule, LearningRate = 1e-9 }, random))
            for (int i = 0; i < 60; i++)
            {
                using var scope = NewDisposeScope();
                step.Run(it.Batch, 1, null, null);
            }

        ForwardPass pass = it.Forward();

        Assert.Equal(feedback, LearningCase.Flat(it.Network.FeedbackParameters.Flat));
        // Every step sees the same rows, so scores with running statistics equal those with the statistics of the batch.
        LearningCase.Agree(LearningCase.Flat(pass.Activities[^1]), LearningCase.Flat(it.Network.Logits(it.Batch.Features)), 1e-4);
    }

    [Fact]
    public void Running_statistics_are_first_a_mean_of_all_batches_and_later_follow_the_newest()
    {
        using var running = new UnitNormalization(1, CPU, ScalarType.Float64);
        void Track(double mean, double variance)
        {
            using Tensor m = tensor(new[] { mean }), s = tensor(new[] { 1 / Math.Sqrt(variance) });
            running.Track(m, s);
        }

        Track(1, 4);
        Track(3, 2);

        Assert.Equal(2, running.Mean.ToDouble(), 1e-12);
        Assert.Equal(3, 1 / Math.Pow(running.Scale.ToDouble(), 2), 1e-12);
        for (int i = 0; i < 400; i++)
            Track(-5, 0.5);
        Assert.Equal(-5, running.Mean.ToDouble(), 0.01);
        Assert.Equal(0.5, 1 / Math.Pow(running.Scale.ToDouble(), 2), 0.01);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void A_row_has_the_same_score_alone_in_a_batch_and_after_saving(int outputs)
    {
        using var it = new LearningCase("6,4,5", TargetPropActivation.Tanh, logistic: outputs == 1, rule: Rule, type: ScalarType.Float32);
        var random = new Random(3);
        foreach (UnitNormalization layer in it.Network.Normalization)
            layer.Load(new([.. Enumerable.Range(0, (int)layer.Mean.numel()).Select(_ => random.NextSingle() - 0.5f)], [.. Enumerable.Range(0, (int)layer.Mean.numel()).Select(_ => 0.5f + random.NextSingle())]));
        NetworkSnapshot snapshot = it.Network.ToSnapshot();
        using var stored = new MemoryStream();
        using (var writer = new BinaryWriter(stored, System.Text.Encoding.UTF8, leaveOpen: true))
            NetworkArchive.Write(writer, [snapshot]);
        stored.Position = 0;
        NetworkSnapshot read = NetworkArchive.Read(new BinaryReader(stored))[0];

        Supervised.TestNetworks.AssertSame(snapshot, read);
        double[] inBatch = LearningCase.Flat(it.Network.Logits(it.Batch.Features));
        using TargetPropNetwork again = TargetPropNetwork.FromSnapshot(read, CPU);
        Assert.Equal(inBatch, LearningCase.Flat(again.Logits(it.Batch.Features)));
        var scorer = new RowScorer([read]);
        for (int r = 0; r < it.Rows.Rows; r++)
        {
            it.Rows.Features[r].Select(v => (float)v).ToArray().CopyTo(scorer.Features);
            float[] alone = scorer.Logits().ToArray();
            Assert.All(alone.Select((a, k) => (a, b: inBatch[r * alone.Length + k])), pair => Assert.Equal(pair.b, pair.a, 1e-5));
        }
    }
}
