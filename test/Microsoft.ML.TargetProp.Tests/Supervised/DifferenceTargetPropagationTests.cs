using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Compares the update of every forward map, docs/algorithm.md (2.1) to (2.4), with the reference.</summary>
public sealed class DifferenceTargetPropagationTests
{
    private const double TargetStep = 0.3;

    public static TheoryData<string, TargetPropActivation, bool, bool> Networks
    {
        get
        {
            var cases = new TheoryData<string, TargetPropActivation, bool, bool>();
            foreach (string hidden in new[] { "5", "5,7", "8,3,6", "5,7,4,6,3,8,5" })
                foreach (TargetPropActivation activation in Enum.GetValues<TargetPropActivation>())
                    foreach (bool logistic in new[] { false, true })
                        cases.Add(hidden, activation, logistic, hidden.Length % 3 == (logistic ? 0 : 1));
            // One activation is tested with all widths, with and without weights.
            foreach (string hidden in new[] { "5", "5,7", "8,3,6", "5,7,4,6,3,8,5" })
            {
                cases.Add(hidden, TargetPropActivation.Tanh, false, hidden.Length % 3 != 1);
                cases.Add(hidden, TargetPropActivation.Tanh, true, hidden.Length % 3 != 0);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_forward_update_follows_the_equations(string hidden, TargetPropActivation activation, bool logistic, bool weighted)
    {
        using var it = new LearningCase(hidden, activation, logistic, weighted);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        var losses = new LossMeter(it.Network.Shape.HiddenUnits.Count);

        new DifferenceTargetPropagation().ComputeUpdates(it.Forward(), TargetStep, updates, losses);

        LearningCase.Agree(it.Reference.TargetPropUpdates(it.Rows, TargetStep), updates, 1e-6);
        LearningCase.Agree(it.Reference.LayerLosses(it.Rows, TargetStep), [.. losses.Means()], 1e-6);
    }

    [Theory]
    [InlineData("5,7,4,6,3,8,5", TargetPropActivation.Tanh, 1e-5)]
    [InlineData("8,3,6", TargetPropActivation.Sigmoid, 1e-5)]
    [InlineData("8,3,6", TargetPropActivation.LeakyRelu, 1e-5)]
    [InlineData("8,3,6", TargetPropActivation.Elu, 1e-5)]
    public void Single_precision_agrees_up_to_rounding(string hidden, TargetPropActivation activation, double tolerance)
    {
        using var it = new LearningCase(hidden, activation, weighted: true, rows: 50, type: ScalarType.Float32);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();

        new DifferenceTargetPropagation().ComputeUpdates(it.Forward(), 3, updates, null);

        LearningCase.Agree(it.Reference.TargetPropUpdates(it.Rows, 3), updates, tolerance);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    public void A_batch_of_any_size_averages_over_its_rows(int rows)
    {
        using var it = new LearningCase("5,7", TargetPropActivation.Tanh, rows: rows);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();

        new DifferenceTargetPropagation().ComputeUpdates(it.Forward(), TargetStep, updates, null);

        LearningCase.Agree(it.Reference.TargetPropUpdates(it.Rows, TargetStep), updates, 1e-6);
    }

    [Fact]
    public void Previous_content_of_the_updates_does_not_matter()
    {
        using var it = new LearningCase("5,7", TargetPropActivation.Tanh);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        updates.Flat.fill_(double.NaN);

        new DifferenceTargetPropagation().ComputeUpdates(it.Forward(), TargetStep, updates, null);

        LearningCase.Agree(it.Reference.TargetPropUpdates(it.Rows, TargetStep), updates, 1e-6);
    }

    [Fact]
    public void A_forward_pass_and_a_rule_change_no_weight()
    {
        using var it = new LearningCase("5,7,4", TargetPropActivation.Tanh);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        double[] forward = LearningCase.Flat(it.Network.ForwardParameters.Flat), feedback = LearningCase.Flat(it.Network.FeedbackParameters.Flat);

        new DifferenceTargetPropagation().ComputeUpdates(it.Forward(), TargetStep, updates, null);

        Assert.Equal(forward, LearningCase.Flat(it.Network.ForwardParameters.Flat));
        Assert.Equal(feedback, LearningCase.Flat(it.Network.FeedbackParameters.Flat));
        Assert.Equal(it.Rows.Features, LearningCase.Doubles(it.Batch.Features));
    }

    [Fact]
    public void Feedback_maps_go_from_layer_M_minus_1_down_to_layer_2()
    {
        var shape = new NetworkShape(6, [5, 7, 4], 3, TargetPropActivation.Sigmoid, OutputKind.Softmax);

        IReadOnlyList<LayerMapShape> maps = new DifferenceTargetPropagation().FeedbackMaps(shape);

        Assert.Equal([(2, 1, 7, 5), (3, 2, 4, 7)], maps.Select(m => (m.From, m.To, m.Inputs, m.Outputs)));
        Assert.All(maps, m => Assert.Same(Activation.Of(TargetPropActivation.Sigmoid), m.Activation));
        Assert.Empty(new DifferenceTargetPropagation().FeedbackMaps(shape with { HiddenUnits = [5] }));
    }

    [Fact]
    public void Targets_of_a_row_do_not_depend_on_the_batch_or_on_example_weights()
    {
        using var it = new LearningCase("5,7,4", TargetPropActivation.Tanh, weighted: true, rows: 9);
        double[][][] together = Targets(it, it.Batch);
        double[][][] unweighted = Targets(it, it.Batch with { Weights = null });

        for (int r = 0; r < 9; r++)
        {
            var row = new ReferenceBatch([it.Rows.Features[r]], [it.Rows.Labels[r]], [it.Rows.Weights![r]]);
            double[][][] alone = Targets(it, it.ToTensors(row));
            double[][] reference = it.Reference.Targets(row.Features[0], row.Labels[0], TargetStep);
            for (int i = 1; i <= 3; i++)
            {
                LearningCase.Agree(alone[i][0], together[i][r], 1e-13);
                LearningCase.Agree(unweighted[i][r], together[i][r], 1e-13);
                LearningCase.Agree(reference[i], together[i][r], 1e-6);
            }
        }
    }

    /// <summary>The targets t_i of every row, at index i.</summary>
    private static double[][][] Targets(LearningCase it, Batch batch)
    {
        using var random = new RandomSource(1, CPU);
        ForwardPass pass = ForwardPass.Run(it.Network, batch, 0, random);
        var targets = new double[pass.OutputLayer][][];
        Tensor target = DifferenceTargetPropagation.FirstTarget(pass, TargetStep);
        for (int i = pass.OutputLayer - 1; i >= 1; i--)
        {
            targets[i] = LearningCase.Doubles(target);
            if (i > 1)
                target = DifferenceTargetPropagation.TargetBelow(it.Network.Feedback[i - 2], pass.Activities[i - 1], pass.Activities[i], target);
        }
        return targets;
    }

    [Theory]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation)]
    [InlineData(TargetPropLearningRule.Backpropagation)]
    public void A_row_of_weight_2_counts_like_two_rows_and_a_row_of_weight_0_like_none(TargetPropLearningRule rule)
    {
        using var it = new LearningCase("5,7,4", TargetPropActivation.Tanh, rows: 4);
        var weighted = it.Rows with { Weights = [1, 2, 0, 1] };
        int[] rows = [0, 1, 1, 3];
        var doubled = new ReferenceBatch([.. rows.Select(r => it.Rows.Features[r])], [.. rows.Select(r => it.Rows.Labels[r])], null);

        // Both batches have four rows, so the means over rows have the same divisor.
        AssertSame(Forward(weighted), Forward(doubled));
        AssertSame(Feedback(weighted), Feedback(doubled));

        double[] Forward(ReferenceBatch batch)
        {
            using var random = new RandomSource(1, CPU);
            using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
            LearningRule.Of(rule).ComputeUpdates(ForwardPass.Run(it.Network, it.ToTensors(batch), 0, random), TargetStep, updates, null);
            return LearningCase.Flat(updates.Flat);
        }

        double[] Feedback(ReferenceBatch batch)
        {
            using var random = new RandomSource(1, CPU);
            using ParameterBuffer updates = it.Network.FeedbackParameters.NewLike();
            ForwardPass pass = ForwardPass.Run(it.Network, it.ToTensors(batch), 0, random);
            new ReconstructionLearning(0).ComputeUpdates(pass, random, updates, null);
            return LearningCase.Flat(updates.Flat);
        }

        static void AssertSame(double[] a, double[] b) => LearningCase.Agree(a, b, 1e-13);
    }
}
