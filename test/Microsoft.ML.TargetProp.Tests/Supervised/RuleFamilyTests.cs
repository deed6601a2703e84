using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Compares the update of every forward map by each rule with the equations of docs/algorithm.md (4.2) to (4.7).</summary>
public sealed class RuleFamilyTests
{
    private const double TargetStep = 0.3;

    private static readonly string[] Shapes = ["5", "1", "5,7", "8,3,6", "5,7,4,6,3,8,5"];

    /// <summary>The rules with a reference that computes row by row.</summary>
    private static readonly TargetPropLearningRule[] Rules =
    [
        TargetPropLearningRule.TargetPropagation, TargetPropLearningRule.DifferenceTargetPropagationFromLogits,
        TargetPropLearningRule.DirectDifferenceTargetPropagation, TargetPropLearningRule.FeedbackAlignment,
        TargetPropLearningRule.DirectFeedbackAlignment,
    ];

    public static TheoryData<TargetPropLearningRule, string, TargetPropActivation, bool> Cases
    {
        get
        {
            var cases = new TheoryData<TargetPropLearningRule, string, TargetPropActivation, bool>();
            foreach (TargetPropLearningRule rule in Rules)
            {
                foreach (string hidden in Shapes)
                    cases.Add(rule, hidden, TargetPropActivation.Tanh, hidden.Length % 2 == 0);
                cases.Add(rule, "8,3,6", TargetPropActivation.Sigmoid, false);
                cases.Add(rule, "5,7", TargetPropActivation.Elu, true);
                cases.Add(rule, "8,3,6", TargetPropActivation.LeakyRelu, true);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_forward_update_follows_the_equations(TargetPropLearningRule rule, string hidden, TargetPropActivation activation, bool logistic)
    {
        using var it = new LearningCase(hidden, activation, logistic, weighted: hidden.Length != 3, rule: rule);
        ClearBiasesOfMatrices(it.Network, rule);

        LearningCase.Agree(Expected(it, rule), Updates(it, rule), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_of_weight_2_counts_like_two_rows_and_a_row_of_weight_0_like_none(TargetPropLearningRule rule, string hidden, TargetPropActivation activation, bool logistic)
    {
        using var it = new LearningCase(hidden, activation, logistic, rows: 4, rule: rule);
        int[] rows = [0, 1, 1, 3];
        var doubled = new ReferenceBatch([.. rows.Select(r => it.Rows.Features[r])], [.. rows.Select(r => it.Rows.Labels[r])], null);

        LearningCase.Agree(
            LearningCase.Flat(Updates(it, rule, it.ToTensors(it.Rows with { Weights = [1, 2, 0, 1] })).Flat),
            LearningCase.Flat(Updates(it, rule, it.ToTensors(doubled)).Flat), 1e-12);
    }

    [Theory]
    [InlineData(TargetPropLearningRule.TargetPropagation)]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagationFromLogits)]
    [InlineData(TargetPropLearningRule.DirectDifferenceTargetPropagation)]
    [InlineData(TargetPropLearningRule.FixedWeightDifferenceTargetPropagation)]
    [InlineData(TargetPropLearningRule.FeedbackAlignment)]
    [InlineData(TargetPropLearningRule.DirectFeedbackAlignment)]
    public void A_dropped_layer_does_not_learn(TargetPropLearningRule rule)
    {
        using var it = new LearningCase("5,2,4", TargetPropActivation.Tanh, rows: rule == TargetPropLearningRule.FixedWeightDifferenceTargetPropagation ? 4 : 1, rule: rule);
        using var random = new RandomSource(1, CPU);
        using var scope = NewDisposeScope();
        ForwardPass pass;
        do
        {
            pass = ForwardPass.Run(it.Network, it.Batch, 0.7, random);
        }
        while (pass.DropoutMask[2]!.abs().max().ToDouble() != 0 || pass.DropoutMask[1]!.abs().max().ToDouble() == 0 || pass.DropoutMask[3]!.abs().max().ToDouble() == 0);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();

        LearningRule.Of(rule).ComputeUpdates(pass, TargetStep, updates, null);

        bool[] learns = [.. updates.Maps.Select(map => map.Weight.abs().max().ToDouble() + map.Bias.abs().max().ToDouble() > 0)];
        Assert.False(learns[1]);
        Assert.True(learns[2] && learns[3]);
    }

    [Fact]
    public void For_linear_units_feedback_alignment_equals_difference_target_propagation_with_linear_feedback()
    {
        // Rectifiers with positive inputs are linear. Both rules then give e_{i−1} = B_i e_i, and the updates differ only by the factor 2 η0
        // of the squared error and the target step.
        using var it = new LearningCase("8,3,6", TargetPropActivation.Relu, rule: TargetPropLearningRule.FeedbackAlignment);
        foreach (LayerMap map in it.Network.Forward)
        {
            map.Weight.abs_().mul_(0.1);
            map.Bias.fill_(1);
        }
        ForwardPass pass = it.Forward();
        Assert.All(pass.Activities.Skip(1).SkipLast(1), h => Assert.True(h.min().ToDouble() > 0));

        double[] aligned = LearningCase.Flat(Updates(it, TargetPropLearningRule.FeedbackAlignment).Flat);
        double[] targets = LearningCase.Flat(Updates(it, TargetPropLearningRule.DifferenceTargetPropagationFromLogits).Flat);

        int output = (6 + 1) * LearningCase.Classes;
        LearningCase.Agree([.. aligned[..^output].Select(v => 2 * TargetStep * v)], targets[..^output], 1e-9);
        LearningCase.Agree(aligned[^output..], targets[^output..], 1e-12);
    }

    [Theory]
    [InlineData(TargetPropLearningRule.DirectDifferenceTargetPropagation)]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagationFromLogits)]
    public void With_transposed_weights_as_feedback_the_updates_of_a_shallow_network_are_those_of_back_propagation(TargetPropLearningRule rule)
    {
        // With one hidden layer and g = W_Mᵀ, the step on ‖h − t‖² is 2 η0 times the gradient.
        using var it = new LearningCase("7", TargetPropActivation.Tanh, weighted: true, rule: rule);
        it.Network.Feedback[0].Weight.copy_(it.Network.Forward[1].WeightTransposed);

        ParameterBuffer updates = Updates(it, rule);

        ReferenceUpdate gradient = it.Reference.BackpropagationUpdates(it.Rows)[0];
        LearningCase.Agree([.. gradient.Flat.Select(v => 2 * TargetStep * v)], [.. LearningCase.Flat(updates.Maps[0].Weight), .. LearningCase.Flat(updates.Maps[0].Bias)], 1e-6);
    }

    [Fact]
    public void Feedback_maps_are_those_of_the_papers()
    {
        var shape = new NetworkShape(6, [5, 7, 4], 3, TargetPropActivation.Sigmoid, OutputKind.Softmax);
        (int, int)[] chain = [(2, 1), (3, 2), (4, 3)], direct = [(4, 1), (4, 2), (4, 3)];
        Check(TargetPropLearningRule.TargetPropagation, chain[..2], linear: false);
        Check(TargetPropLearningRule.DifferenceTargetPropagationFromLogits, chain, linear: true);
        Check(TargetPropLearningRule.FixedWeightDifferenceTargetPropagation, chain, linear: false);
        Check(TargetPropLearningRule.FeedbackAlignment, chain, linear: true);
        Check(TargetPropLearningRule.DirectDifferenceTargetPropagation, direct, linear: true);
        Check(TargetPropLearningRule.DirectFeedbackAlignment, direct, linear: true);

        void Check(TargetPropLearningRule rule, (int, int)[] maps, bool linear)
        {
            IReadOnlyList<LayerMapShape> found = LearningRule.Of(rule).FeedbackMaps(shape);
            Assert.Equal(maps, found.Select(m => (m.From, m.To)));
            Assert.All(found, m => Assert.Equal((shape.Units(m.From), shape.Units(m.To)), (m.Inputs, m.Outputs)));
            Assert.All(found, m => Assert.Same(linear ? Activation.Identity : Activation.Of(shape.Activation), m.Activation));
        }
    }

    private static ReferenceUpdate[] Expected(LearningCase it, TargetPropLearningRule rule)
    {
        ReferenceFamily family = it.Family;
        return rule switch
        {
            TargetPropLearningRule.TargetPropagation => family.UpdatesTowards(it.Rows, (x, y) => family.VanillaTargets(x, y, TargetStep)),
            TargetPropLearningRule.DifferenceTargetPropagationFromLogits => family.UpdatesTowards(it.Rows, (x, y) => family.TargetsFromLogits(x, y, TargetStep)),
            TargetPropLearningRule.DirectDifferenceTargetPropagation => family.UpdatesTowards(it.Rows, (x, y) => family.DirectTargets(x, y, TargetStep)),
            TargetPropLearningRule.FeedbackAlignment => family.UpdatesAlong(it.Rows, family.AlignedErrors),
            _ => family.UpdatesAlong(it.Rows, family.DirectErrors),
        };
    }

    private static ParameterBuffer Updates(LearningCase it, TargetPropLearningRule rule, Batch? batch = null)
    {
        using var random = new RandomSource(1, CPU);
        ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        updates.Flat.fill_(double.NaN);
        LearningRule.Of(rule).ComputeUpdates(ForwardPass.Run(it.Network, batch ?? it.Batch, 0, random), TargetStep, updates, null);
        return updates;
    }

    /// <summary>Sets the biases of feedback maps to 0. The B of feedback alignment are matrices, and training keeps their biases at 0.</summary>
    private static void ClearBiasesOfMatrices(TargetPropNetwork network, TargetPropLearningRule rule)
    {
        if (rule is TargetPropLearningRule.FeedbackAlignment or TargetPropLearningRule.DirectFeedbackAlignment)
            foreach (LayerMap map in network.Feedback)
                map.Bias.zero_();
    }
}
