using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests the claims of the slides (see docs/algorithm.md) about targets, on pairs (f, g) for which a claim must hold or must fail.</summary>
public sealed class TargetMathematicsTests : IDisposable
{
    private const int Units = 5;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RandomSource _random = new(21, CPU);

    public void Dispose()
    {
        _random.Dispose();
        _scope.Dispose();
    }

    // *** If g is the inverse of f, layers reach their targets ***

    [Fact]
    public void With_the_inverse_of_a_linear_map_the_target_below_leads_to_the_target()
    {
        Tensor w = Normal(Units, Units), b = Normal(1, Units).squeeze(0), inverse = linalg.inv(w);
        LayerMap f = Map(w, b, Activation.Identity), g = Map(inverse, inverse.mv(b).neg(), Activation.Identity);

        AssertHits(f, g, Normal(8, Units), step: 1, 1e-10);
    }

    [Fact]
    public void With_the_inverse_of_a_tanh_map_the_target_below_leads_to_the_target()
    {
        // With a permutation P, the inverse of tanh(P h) has the form φ(V h): it is artanh of Pᵀ h.
        Tensor p = eye(Units, dtype: ScalarType.Float64).index_select(0, tensor(new long[] { 3, 0, 4, 1, 2 }));
        LayerMap f = Map(p, zeros(Units), Activation.Of(TargetPropActivation.Tanh)), g = Map(p.t(), zeros(Units), new InverseTanh());

        AssertHits(f, g, Normal(8, Units).mul_(0.5), step: 0.01, 1e-12);
    }

    [Fact]
    public void With_the_inverse_at_every_layer_all_layers_of_a_deep_network_reach_their_targets()
    {
        var shape = new NetworkShape(Units, [Units, Units, Units, Units], 3, TargetPropActivation.Tanh, OutputKind.Softmax);
        LayerMapShape[] down = [.. Enumerable.Range(2, 3).Select(i => new LayerMapShape(i, i - 1, Units, Units, new InverseTanh()))];
        using var network = new TargetPropNetwork(shape, down, null, CPU, ScalarType.Float64);
        network.Forward[0].Weight.copy_(Normal(Units, Units).mul_(0.4));
        network.Forward[4].Weight.copy_(Normal(3, Units));
        for (int i = 2; i <= 4; i++)
        {
            Tensor p = eye(Units, dtype: ScalarType.Float64).roll(i, 0);
            network.Forward[i - 1].Weight.copy_(p);
            network.Feedback[i - 2].Weight.copy_(p.t());
        }
        ForwardPass pass = ForwardPass.Run(network, new(Normal(8, Units), arange(8).remainder(3), null), 0, _random);

        Tensor target = DifferenceTargetPropagation.FirstTarget(pass, 0.1);
        Tensor top = target;
        for (int i = 4; i >= 2; i--)
        {
            Tensor below = DifferenceTargetPropagation.TargetBelow(network.Feedback[i - 2], pass.Activities[i - 1], pass.Activities[i], target);
            Assert.InRange(Distance(network.Forward[i - 1].Apply(below), target), 0, 1e-12);
            target = below;
        }

        // From t_1, the network reaches the target of its last hidden layer, and its loss is lower than before.
        Tensor h = target;
        for (int i = 2; i <= 4; i++)
            h = network.Forward[i - 1].Apply(h);
        Assert.InRange(Distance(h, top), 0, 1e-12);
        Assert.True(Loss(network.Forward[4].Apply(h), pass) < Loss(pass.Activities[5], pass));

        static double Loss(Tensor logits, ForwardPass pass) => OutputLayer.Losses(OutputKind.Softmax, logits, pass.Batch.Labels).mean().ToDouble();
    }

    private void AssertHits(LayerMap f, LayerMap g, Tensor below, double step, double tolerance)
    {
        Tensor h = f.Apply(below), target = h.add(Normal(8, Units).mul_(step));

        Tensor targetBelow = DifferenceTargetPropagation.TargetBelow(g, below, h, target);

        Assert.InRange(Distance(g.Apply(h), below), 0, 1e-9);
        Assert.True(Distance(target, h) > step);
        Assert.InRange(Distance(f.Apply(targetBelow), target), 0, tolerance);
    }

    // *** Difference correction ***

    [Theory]
    [InlineData(TargetPropActivation.Tanh)]
    [InlineData(TargetPropActivation.Sigmoid)]
    [InlineData(TargetPropActivation.Relu)]
    [InlineData(TargetPropActivation.LeakyRelu)]
    [InlineData(TargetPropActivation.Elu)]
    public void If_a_layer_has_reached_its_target_the_target_below_equals_the_activity(TargetPropActivation activation)
    {
        Activation unit = Activation.Of(activation);
        LayerMap g = Map(Normal(7, Units), Normal(1, 7).squeeze(0), unit, ScalarType.Float32);
        Tensor below = Normal(8, 7).to(ScalarType.Float32), h = Normal(8, Units).to(ScalarType.Float32);

        Tensor target = DifferenceTargetPropagation.TargetBelow(g, below, h, h.clone());

        Assert.Equal(LearningCase.Flat(below), LearningCase.Flat(target));
        // Without the correction, the reconstruction error of g would move the layer.
        Assert.True(Distance(g.Apply(h), below) > 0.1);
    }

    [Theory]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, 0, true)]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, 0.5, false)]
    public void With_a_target_step_of_0_hidden_layers_do_not_learn(TargetPropLearningRule rule, double targetStep, bool nothing)
    {
        using var it = new LearningCase("5,7,4", TargetPropActivation.Tanh);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();

        LearningRule.Of(rule).ComputeUpdates(it.Forward(), targetStep, updates, null);

        for (int i = 0; i < 3; i++)
            Assert.Equal(nothing, LearningCase.Flat(updates.Maps[i].Weight).All(v => v == 0));
        Assert.Contains(LearningCase.Flat(updates.Maps[3].Weight), v => v != 0);
    }

    // *** Linear feedback sends the error e as B e ***

    [Fact]
    public void With_linear_fixed_feedback_the_error_of_the_layer_below_is_B_e()
    {
        var shape = new NetworkShape(6, [5, 7, 4], 3, TargetPropActivation.Tanh, OutputKind.Softmax);
        using var network = new TargetPropNetwork(
            shape, [new(2, 1, 7, 5, Activation.Identity), new(3, 2, 4, 7, Activation.Identity)], null, CPU, ScalarType.Float64);
        foreach (LayerMap map in network.Forward.Concat(network.Feedback))
        {
            map.Weight.copy_(_random.NormalLike(map.Weight, 0.5));
            map.Bias.copy_(_random.NormalLike(map.Bias, 0.5));
        }
        ForwardPass pass = ForwardPass.Run(network, new(Normal(8, 6), arange(8).remainder(3), null), 0, _random);
        using ParameterBuffer updates = network.ForwardParameters.NewLike();

        new DifferenceTargetPropagation().ComputeUpdates(pass, 0.4, updates, null);

        // e_3 = −η0 W_4ᵀ(p − y), e_2 = B_3 e_3, e_1 = B_2 e_2. The step of f_i is on ‖h_i − t_i‖² = ‖−e_i‖².
        Tensor e = pass.Activities[4].softmax(1).sub(nn.functional.one_hot(pass.Batch.Labels, 3)).mm(network.Forward[3].Weight).mul(-0.4);
        for (int i = 3; i >= 1; i--)
        {
            Tensor h = pass.Activities[i];
            Tensor delta = e.mul(-2.0 / 8).mul(h.mul(h).neg().add(1.0));
            LearningCase.Agree(LearningCase.Flat(delta.t().mm(pass.Activities[i - 1])), LearningCase.Flat(updates.Maps[i - 1].Weight), 1e-6);
            LearningCase.Agree(LearningCase.Flat(delta.sum(dim: 0)), LearningCase.Flat(updates.Maps[i - 1].Bias), 1e-6);
            if (i > 1)
                e = e.mm(network.Feedback[i - 2].Weight.t());
        }
    }

    // *** ‖t_i − f_i(t_{i−1})‖² < ‖t_i − h_i‖² if the largest eigenvalue of (I − f′g′)ᵀ(I − f′g′) is below 1 ***

    /// <summary>The singular values of I − f′g′ in each case. Their squares are the eigenvalues.</summary>
    public static TheoryData<string, TargetPropActivation?> Nearer => new()
    {
        { "0,0,0,0,0", null }, { "0.3,0.2,0.9,0.5,0.1", null }, { "0.99,0.99,0.99,0.99,0.99", null },
        { "0.3,0.2,0.9,0.5,0.1", TargetPropActivation.Tanh }, { "0.98,0.5,0.98,0.1,0.9", TargetPropActivation.Tanh },
        { "0.98,0.5,0.98,0.1,0.9", TargetPropActivation.Sigmoid }, { "0.9,0.5,0.8,0.1,0.9", TargetPropActivation.Elu },
    };

    public static TheoryData<string, TargetPropActivation?> Farther => new()
    {
        { "1.2,0.2,0.9,0.5,0.1", null }, { "3,3,3,3,3", null },
        { "1.05,0.2,0.9,0.5,0.1", TargetPropActivation.Tanh }, { "0.1,2,0.3,0.4,1.5", TargetPropActivation.Tanh },
        { "1.05,0.9,0.2,0.5,0.1", TargetPropActivation.Sigmoid }, { "1.05,0.9,0.2,0.5,0.1", TargetPropActivation.Elu },
    };

    [Theory]
    [MemberData(nameof(Nearer))]
    public void With_an_eigenvalue_below_1_every_small_target_comes_nearer(string singularValues, TargetPropActivation? activation)
    {
        Pair pair = NewPair(singularValues, activation);

        Assert.True(LargestEigenvalue(pair) < 1);

        for (int i = 0; i < 20; i++)
            Assert.InRange(Ratio(pair, Normal(1, Units)), 0, 0.9999);
        // This includes the direction that shrinks least, with the factor of the theory.
        Assert.Equal(pair.Largest * pair.Largest, Ratio(pair, pair.Worst), 1e-3);
    }

    [Theory]
    [MemberData(nameof(Farther))]
    public void With_an_eigenvalue_above_1_a_target_in_its_direction_gets_farther_away(string singularValues, TargetPropActivation? activation)
    {
        Pair pair = NewPair(singularValues, activation);

        double eigenvalue = LargestEigenvalue(pair);

        Assert.True(eigenvalue > 1);
        double ratio = Ratio(pair, pair.Worst);
        Assert.True(ratio > 1);
        Assert.Equal(1, ratio / eigenvalue, 1e-3);
    }

    [Fact]
    public void With_an_eigenvalue_above_1_targets_in_other_directions_still_come_nearer()
    {
        Pair pair = NewPair("1.5,0.2,0.2,0.2,0.2", TargetPropActivation.Tanh);
        Tensor across = Normal(1, Units);
        across.sub_(pair.Worst.mul(across.mm(pair.Worst.t())));

        Assert.True(LargestEigenvalue(pair) > 1);
        Assert.Equal(0.04, Ratio(pair, across), 1e-3);
    }

    [Fact]
    public void The_transpose_of_a_scaled_orthogonal_map_brings_targets_nearer_up_to_a_factor_of_root_2()
    {
        // For f = s Q h and g = s Qᵀ h, I − f′g′ = (1 − s²) I. Targets come nearer while s² < 2.
        foreach ((double s, bool nearer) in new[] { (0.2, true), (1.0, true), (1.41, true), (1.42, false), (2.0, false) })
        {
            Tensor q = _random.Orthogonal(Units, Units).to(ScalarType.Float64).mul(s);
            var pair = new Pair(Map(q, zeros(Units), Activation.Identity), Map(q.t(), zeros(Units), Activation.Identity), Normal(1, Units), Normal(1, Units), 0);

            Assert.Equal(nearer, Ratio(pair, Normal(1, Units)) < 1);
            Assert.Equal((1 - s * s) * (1 - s * s), LargestEigenvalue(pair), 1e-4);
        }
    }

    /// <summary>f, g, the point h_{i−1}, the worst direction of a target at this point, and the largest singular value of I − f′g′.</summary>
    private sealed record Pair(LayerMap F, LayerMap G, Tensor Below, Tensor Worst, double Largest);

    /// <summary>A random f, and a g with I − f′g′ = U diag(<paramref name="singularValues"/>) Vᵀ for random orthogonal U and V.</summary>
    private Pair NewPair(string singularValues, TargetPropActivation? activation)
    {
        double[] values = [.. singularValues.Split(',').Select(double.Parse)];
        Activation unit = activation is { } a ? Activation.Of(a) : Activation.Identity;
        Func<double, double> slope = (activation is { } r ? ReferenceUnit.Of(r) : ReferenceUnit.Identity).Slope;
        Tensor u = _random.Orthogonal(Units, Units).to(ScalarType.Float64), v = _random.Orthogonal(Units, Units).to(ScalarType.Float64);
        Tensor error = u.mm(diag(tensor(values))).mm(v.t());

        // Activities are in (0.1, 0.9), where every activation is smooth.
        Tensor below = rand(1, Units, dtype: ScalarType.Float64, generator: new Generator(3)).mul_(0.8).add_(0.1);
        LayerMap f = Map(_random.Orthogonal(Units, Units).to(ScalarType.Float64), Normal(1, Units).squeeze(0).mul_(0.2), unit);
        Tensor h = f.Apply(below);
        Tensor jacobian = Slopes(f, below).t().mul(f.Weight);

        // f′g′ = I − E needs g′ = f′⁻¹(I − E). The bias of g sets its pre-activations to 0.4, where its slope is known.
        Tensor wanted = linalg.inv(jacobian).mm(eye(Units, dtype: ScalarType.Float64).sub(error));
        Tensor weight = wanted.div(slope(0.4));
        LayerMap g = Map(weight, full(Units, 0.4, dtype: ScalarType.Float64).sub(weight.mv(h.squeeze(0))), unit);
        int largest = Array.IndexOf(values, values.Max());
        return new(f, g, below, v.t().narrow(0, largest, 1), values.Max());

        Tensor Slopes(LayerMap map, Tensor x)
            => tensor(LearningCase.Flat(x.mm(map.Weight.t()).add(map.Bias)).Select(slope).ToArray()).unsqueeze(0);
    }

    /// <summary>‖t_i − f_i(t_{i−1})‖² / ‖t_i − h_i‖² for a small step of h_i in a direction.</summary>
    private static double Ratio(Pair pair, Tensor direction)
    {
        Tensor h = pair.F.Apply(pair.Below);
        Tensor target = h.add(direction.div(direction.norm()).mul(1e-4));
        Tensor below = DifferenceTargetPropagation.TargetBelow(pair.G, pair.Below, h, target);
        double after = Distance(pair.F.Apply(below), target), before = Distance(h, target);
        return after * after / (before * before);
    }

    /// <summary>The largest eigenvalue of (I − f′g′)ᵀ(I − f′g′), with Jacobians by central differences.</summary>
    private static double LargestEigenvalue(Pair pair)
    {
        Tensor remaining = eye(Units, dtype: ScalarType.Float64).sub(Jacobian(pair.F, pair.Below).mm(Jacobian(pair.G, pair.F.Apply(pair.Below))));
        return linalg.eigvalsh(remaining.t().mm(remaining)).max().ToDouble();
    }

    private static Tensor Jacobian(LayerMap map, Tensor at)
    {
        const double Little = 1e-6;
        Tensor moves = eye(at.shape[1], dtype: ScalarType.Float64).mul(Little);
        return map.Apply(at.add(moves)).sub(map.Apply(at.sub(moves))).div(2 * Little).t();
    }

    private Tensor Normal(int rows, int columns) => _random.NormalLike(zeros(rows, columns, dtype: ScalarType.Float64), 1);

    private static LayerMap Map(Tensor weight, Tensor bias, Activation activation, ScalarType type = ScalarType.Float64)
    {
        Tensor typed = weight.to(type).contiguous();
        return new(new(1, 2, (int)weight.shape[1], (int)weight.shape[0], activation), typed, typed.t(), bias.to(type));
    }

    /// <summary>The largest distance between two corresponding rows.</summary>
    private static double Distance(Tensor a, Tensor b) => a.sub(b).square().sum(dim: 1).max().sqrt().ToDouble();

    private sealed class InverseTanh : Activation
    {
        public override byte Code => 254;

        public override void Apply(Tensor preActivations) => preActivations.atanh_();

        public override void MultiplyByDerivative(Tensor delta, Tensor output) => throw new NotSupportedException();

        public override void Apply(Span<float> preActivations) => throw new NotSupportedException();
    }
}
