using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;
using Choice = Microsoft.ML.TargetProp.TargetPropFeedbackLearning;
using Rule = Microsoft.ML.TargetProp.TargetPropLearningRule;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>
/// Checks DRL, docs/algorithm.md (3.2), and L-DRL, docs/algorithm.md (3.3): updates are the derivatives of the losses, and the optima are
/// those of the papers.
/// </summary>
public sealed class DifferenceReconstructionTests : IDisposable
{
    private const double Noise = 0.4;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RandomSource _random = new(21, CPU);

    public void Dispose()
    {
        _random.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(Rule.DirectDifferenceTargetPropagation, Choice.DifferenceReconstruction, "5", TargetPropActivation.Tanh)]
    [InlineData(Rule.DirectDifferenceTargetPropagation, Choice.DifferenceReconstruction, "5,4,6", TargetPropActivation.Tanh)]
    [InlineData(Rule.DirectDifferenceTargetPropagation, Choice.DifferenceReconstruction, "5,4,6", TargetPropActivation.Elu)]
    [InlineData(Rule.DifferenceTargetPropagation, Choice.DifferenceReconstruction, "5,4,6", TargetPropActivation.Tanh)]
    [InlineData(Rule.DifferenceTargetPropagation, Choice.LocalDifferenceReconstruction, "5,4,6", TargetPropActivation.Tanh)]
    [InlineData(Rule.DifferenceTargetPropagation, Choice.LocalDifferenceReconstruction, "5,4", TargetPropActivation.Sigmoid)]
    [InlineData(Rule.DifferenceTargetPropagationFromLogits, Choice.DifferenceReconstruction, "5,4,6", TargetPropActivation.Tanh)]
    [InlineData(Rule.DifferenceTargetPropagationFromLogits, Choice.LocalDifferenceReconstruction, "5", TargetPropActivation.Tanh)]
    [InlineData(Rule.DifferenceTargetPropagationFromLogits, Choice.LocalDifferenceReconstruction, "5,4,6", TargetPropActivation.LeakyRelu)]
    public void The_update_is_the_derivative_of_the_loss(Rule rule, Choice choice, string hidden, TargetPropActivation activation)
    {
        using var it = new LearningCase(hidden, activation, weighted: true, rows: 5, rule: rule);
        using ParameterBuffer updates = it.Network.FeedbackParameters.NewLike();
        updates.Flat.fill_(double.NaN);
        var losses = new LossMeter(it.Network.Feedback.Count);
        using var random = new RandomSource(11, CPU);
        using var sameRandom = new RandomSource(11, CPU);

        (Settings.Default with { Rule = rule, FeedbackLearning = choice, FeedbackNoise = Noise }).NewFeedbackLearning()!
            .ComputeUpdates(it.Forward(), random, updates, losses);

        ReferenceNetwork network = it.Reference;
        ReferenceMap[] forward = it.ForwardMaps, feedback = it.FeedbackMaps;
        var expected = new List<ReferenceUpdate>();
        for (int k = 0; k < feedback.Length; k++)
        {
            (int above, int below) = (it.Network.Feedback[k].Shape.From, it.Network.Feedback[k].Shape.To);
            double[][] e = Draw(it, sameRandom, below), other = choice == Choice.LocalDifferenceReconstruction ? Draw(it, sameRandom, above) : [];
            ReferenceMap g = feedback[k];
            double Loss(int row)
            {
                double[][] h = network.Activities(it.Rows.Features[row]);
                double[] moved = ReferenceFamily.Add(h[below], e[row], 1);
                for (int i = below; i < above; i++)
                    moved = forward[i].Apply(moved);
                double[] back = ReferenceFamily.Add(g.Apply(moved), g.Apply(h[above]), -1);
                if (choice == Choice.DifferenceReconstruction)
                    return Reference.SquaredDistance(back, e[row]);
                double[] growth = ReferenceFamily.Add(g.Apply(ReferenceFamily.Add(h[above], other[row], 1)), g.Apply(h[above]), -1);
                return -2 * Reference.Dot(e[row], back) + Reference.Dot(growth, growth);
            }
            expected.Add(Differences.Of(g, () => Enumerable.Range(0, 5).Average(r => it.Rows.Weight(r) * Loss(r))));
            Assert.Equal(Enumerable.Range(0, 5).Average(Loss), losses.Means()[k], 1e-9);
        }
        for (int k = 0; k < feedback.Length; k++)
        {
            LearningCase.Agree(expected[k].Weight.SelectMany(row => row).ToArray(), LearningCase.Flat(updates.Maps[k].Weight), 1e-6);
            Assert.All(expected[k].Bias.Zip(LearningCase.Flat(updates.Maps[k].Bias)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        }
    }

    [Fact]
    public void At_the_minimum_of_LDRL_a_linear_g_is_the_mean_of_the_transposed_Jacobians()
    {
        // f = tanh(W h + b). For small noise, the loss is −2σ² tr(B f′) + σ² ‖B‖², with its minimum at B = E f′ᵀ. 40,000 rows approximate
        // the expectation. The update is linear in B, which gives the minimum.
        const int Rows = 40_000, Below = 4, Above = 3;
        var shape = new NetworkShape(Below, [Below, Above], 2, TargetPropActivation.Tanh, OutputKind.Softmax);
        LayerMap g = Optimum(shape, new LocalDifferenceReconstructionLearning(0.01), Rows, out ForwardPass pass, out TargetPropNetwork network);

        // f′ = diag(1 − h²) W, row by row.
        Tensor meanSlope = pass.Activities[2].mul(pass.Activities[2]).neg().add(1.0).mean([0]);
        Tensor meanJacobian = meanSlope.unsqueeze(1).mul(network.Forward[1].Weight);
        LearningCase.Agree(LearningCase.Flat(meanJacobian.t()), LearningCase.Flat(g.Weight), 0.03);
    }

    [Fact]
    public void At_the_minimum_of_LDRL_for_a_linear_layer_g_is_its_transpose_and_targets_are_those_of_back_propagation()
    {
        // f_M is linear, so the minimum is exact: g_M = W_Mᵀ.
        var shape = new NetworkShape(4, [5], 3, TargetPropActivation.Tanh, OutputKind.Softmax);
        LayerMap g = Optimum(shape, new LocalDifferenceReconstructionLearning(0.5), 40_000, out _, out TargetPropNetwork network);

        LearningCase.Agree(LearningCase.Flat(network.Forward[1].WeightTransposed), LearningCase.Flat(g.Weight), 0.03);
    }

    [Fact]
    public void At_the_minimum_of_DRL_a_direct_map_is_the_pseudo_inverse_of_the_Jacobian()
    {
        // The network is linear above the layer with noise, and W is 3 × 5 of full rank, so the pseudo-inverse is Wᵀ(W Wᵀ)⁻¹.
        var shape = new NetworkShape(4, [5], 3, TargetPropActivation.Tanh, OutputKind.Softmax);
        LayerMap g = Optimum(shape, new DifferenceReconstructionLearning(0.5), 40_000, out _, out TargetPropNetwork network);

        LearningCase.Agree(LearningCase.Flat(linalg.pinv(network.Forward[1].Weight)), LearningCase.Flat(g.Weight), 0.03);
    }

    [Fact]
    public void Training_with_LDRL_moves_feedback_towards_the_transpose_and_updates_towards_the_gradient()
    {
        using var it = new LearningCase("12,10,8", TargetPropActivation.Tanh, rows: 64, rule: Rule.DifferenceTargetPropagationFromLogits, type: ScalarType.Float32);
        using var random = new RandomSource(2, CPU);
        it.Network.ForwardParameters.Flat.mul_(0.5);
        double before = Cosine(it);
        var settings = Settings.Default with { Rule = Rule.DifferenceTargetPropagationFromLogits, LearningRate = 0, FeedbackLearningRate = 0.01, FeedbackSteps = 5 };

        using (var step = new ClassifierStep(it.Network, settings, random))
            for (int i = 0; i < 200; i++)
            {
                using var scope = NewDisposeScope();
                step.Run(it.Batch, 1 - i / 200.0, null, null);
            }

        Assert.InRange(before, -0.8, 0.8);
        Assert.InRange(Cosine(it), 0.97, 1);
    }

    /// <summary>The cosine of the angle between the update of the first map and its gradient.</summary>
    private static double Cosine(LearningCase it)
    {
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike(), gradient = it.Network.ForwardParameters.NewLike();
        new DifferenceTargetPropagationFromLogits().ComputeUpdates(it.Forward(), 0.1, updates, null);
        new Backpropagation().ComputeUpdates(it.Forward(), 0, gradient, null);
        double[] a = LearningCase.Flat(updates.Maps[0].Weight), b = LearningCase.Flat(gradient.Maps[0].Weight);
        return Reference.Dot(a, b) / Math.Sqrt(Reference.Dot(a, a) * Reference.Dot(b, b));
    }

    /// <summary>
    /// The linear map g whose update is zero. The update is linear in the weights of g if the random numbers stay the same, so it follows
    /// from the update at 0 and the updates at each unit vector of one output of g.
    /// </summary>
    private LayerMap Optimum(NetworkShape shape, FeedbackLearning learning, int rows, out ForwardPass pass, out TargetPropNetwork network)
    {
        LayerMapShape[] maps = [new(2, 1, shape.Units(2), shape.Units(1), Activation.Identity)];
        network = new TargetPropNetwork(shape, maps, null, CPU, ScalarType.Float64);
        foreach (LayerMap map in network.Forward)
            map.Weight.copy_(_random.NormalLike(map.Weight, 0.7));
        var batch = new Batch(_random.NormalLike(zeros(rows, shape.InputUnits, dtype: ScalarType.Float64), 1), zeros(rows, dtype: ScalarType.Int64), null);
        pass = ForwardPass.Run(network, batch, 0, _random);
        LayerMap g = network.Feedback[0];

        Tensor atZero = Update(network, pass);
        var columns = new List<Tensor>();
        for (int c = 0; c < maps[0].Inputs; c++)
        {
            g.Weight.zero_();
            g.Weight[0, c] = 1;
            columns.Add(Update(network, pass).sub(atZero)[0]);
        }
        // All outputs of g share the same matrix Q: update = atZero + W Q.
        g.Weight.copy_(linalg.solve(stack([.. columns]).t(), atZero.neg().t()).t());
        return g;

        Tensor Update(TargetPropNetwork network, ForwardPass pass)
        {
            using var random = new RandomSource(5, CPU);
            using ParameterBuffer updates = network.FeedbackParameters.NewLike();
            learning.ComputeUpdates(pass, random, updates, null);
            return updates.Maps[0].Weight.clone();
        }
    }

    private static double[][] Draw(LearningCase it, RandomSource random, int layer) =>
        LearningCase.Doubles(random.NormalLike(zeros(5, it.Network.Shape.Units(layer), dtype: it.Type), Noise));
}
