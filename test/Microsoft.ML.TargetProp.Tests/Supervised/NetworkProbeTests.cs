using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Compares the diagnostics with explicit Jacobians, with automatic differentiation and with cases calculated by hand.</summary>
public sealed class NetworkProbeTests
{
    private static readonly ClassifierSettings TargetProp = Settings.Default with { Rule = TargetPropLearningRule.DifferenceTargetPropagation };

    public static TheoryData<string, TargetPropActivation, bool, int> Networks
    {
        get
        {
            var cases = new TheoryData<string, TargetPropActivation, bool, int>();
            foreach (TargetPropActivation activation in Enum.GetValues<TargetPropActivation>())
                cases.Add("5,7,4", activation, activation == TargetPropActivation.Elu, 9);
            cases.Add("3,3", TargetPropActivation.Tanh, true, 1);
            cases.Add("4,1,6", TargetPropActivation.Tanh, false, 30);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Measurements_of_feedback_maps_equal_those_from_explicit_Jacobians(string hidden, TargetPropActivation activation, bool logistic, int rows)
    {
        using var it = new LearningCase(hidden, activation, logistic, weighted: true, rows);
        ReferenceNetwork reference = it.Reference;

        TargetPropDiagnosticsReport report = Measure(it, TargetProp);

        Assert.Equal(rows, report.Rows);
        Assert.Equal(it.Network.Feedback.Select(g => (g.Shape.From, g.Shape.To)), report.FeedbackMaps.Select(m => (m.From, m.To)));
        foreach (TargetPropFeedbackDiagnostics map in report.FeedbackMaps)
        {
            double[][][] h = [.. it.Rows.Features.Select(reference.Activities)];
            double[][][] t = [.. it.Rows.Features.Select((x, r) => reference.Targets(x, it.Rows.Labels[r], TargetProp.TargetStep))];
            (ReferenceMap f, ReferenceMap g) = (reference.F(map.From), reference.G(map.From));
            double[][][] forward = [.. h.Select(row => SmallJacobians.Of(f.Apply, row[map.To]))];
            double[][][] feedback = [.. h.Select(row => SmallJacobians.Of(g.Apply, row[map.From]))];

            double[] eigenvalues = [.. forward.Zip(feedback, SmallJacobians.LargestEigenvalue)];
            double[] angles = [.. forward.Zip(feedback, (a, b) => SmallJacobians.Angle(SmallJacobians.Transpose(a), b)).Where(double.IsFinite)];
            (double Before, double After)[] distances = [.. h.Zip(t, (activities, targets) => (
                Reference.SquaredDistance(targets[map.From], activities[map.From]),
                Reference.SquaredDistance(targets[map.From], f.Apply(targets[map.To]))))];
            distances = [.. distances.Where(d => d.Before > 0)];

            Assert.Equal(eigenvalues.Average(), map.LargestEigenvalue!.Value, 1e-3 * eigenvalues.Average());
            Near(angles.Length == 0 ? null : angles.Average(), map.TransposeAngle, 1e-4);
            Near(distances.Length == 0 ? null : (double)distances.Count(d => d.After < d.Before) / distances.Length, map.NearerFraction, 1e-12);
            Near(distances.Length == 0 ? null : distances.Sum(d => d.After) / distances.Sum(d => d.Before), map.DistanceLeft, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Updates_are_compared_with_automatic_differentiation(string hidden, TargetPropActivation activation, bool logistic, int rows)
    {
        using var it = new LearningCase(hidden, activation, logistic, weighted: true, rows);
        ReferenceUpdate[] updates = it.Reference.TargetPropUpdates(it.Rows, TargetProp.TargetStep);
        double[][] gradients = BackpropagationTests.Gradients(it, it.Forward());
        double[] losses = it.Reference.LayerLosses(it.Rows, TargetProp.TargetStep);

        TargetPropDiagnosticsReport report = Measure(it, TargetProp);

        Assert.Equal(Enumerable.Range(1, gradients.Length), report.Layers.Select(l => l.Layer));
        for (int i = 0; i < gradients.Length; i++)
        {
            TargetPropLayerDiagnostics layer = report.Layers[i];
            double angle = SmallJacobians.Angle(updates[i].Flat, gradients[i]);
            Near(double.IsFinite(angle) ? angle : null, layer.UpdateAngle, 1e-4);
            Near(i < losses.Length ? losses[i] : null, layer.LayerLoss, 1e-9);
            Assert.Equal(it.Network.Shape.Units(i + 1), layer.Units);
        }
        // The updates of the last hidden layer and the output are multiples of those of back-propagation.
        Assert.Equal(0, report.Layers[^1].UpdateAngle!.Value, 1e-4);
        Assert.Equal(0, report.Layers[^2].UpdateAngle ?? 0, 1e-4);
    }

    [Fact]
    public void Measurements_of_a_path_of_several_maps_equal_those_from_its_Jacobian()
    {
        var random = new Random(3);
        using var it = new LearningCase("5,6", TargetPropActivation.Tanh, rows: 8);
        // A direct map from the output to the first layer.
        LayerMapShape direct = it.Network.Shape.MapBetween(3, 1);
        using var network = new TargetPropNetwork(it.Network.Shape, [direct], null, CPU, ScalarType.Float64);
        network.ForwardParameters.Flat.copy_(it.Network.ForwardParameters.Flat);
        network.FeedbackParameters.Flat.copy_(tensor(Enumerable.Range(0, (int)direct.Parameters).Select(_ => LearningCase.Normal(random)).ToArray()));
        ReferenceNetwork reference = it.Reference;
        var g = new ReferenceMap(LearningCase.Doubles(network.Feedback[0].Weight), LearningCase.Flat(network.Feedback[0].Bias), ReferenceUnit.Of(TargetPropActivation.Tanh));
        double[][][] h = [.. it.Rows.Features.Select(reference.Activities)];
        double[][][] forward = [.. h.Select(row => SmallJacobians.Of(x => reference.F(3).Apply(reference.F(2).Apply(x)), row[1]))];
        double[][][] feedback = [.. h.Select(row => SmallJacobians.Of(g.Apply, row[3]))];

        using var probe = new NetworkProbe(Settings.Default with { Rule = TargetPropLearningRule.Backpropagation }, it.Batch);
        TargetPropFeedbackDiagnostics map = Assert.Single(probe.Measure(network).FeedbackMaps);

        Assert.Equal((3, 1), (map.From, map.To));
        Assert.Equal(forward.Zip(feedback, (a, b) => SmallJacobians.Angle(SmallJacobians.Transpose(a), b)).Average(), map.TransposeAngle!.Value, 1e-4);
        double expected = forward.Zip(feedback, SmallJacobians.LargestEigenvalue).Average();
        Assert.Equal(expected, map.LargestEigenvalue!.Value, 1e-3 * expected);
        // Back-propagation has no targets and no feedback learning.
        Assert.Null(map.NearerFraction);
        Assert.Null(map.DistanceLeft);
        Assert.Null(map.ReconstructionLoss);
    }

    [Fact]
    public void Diagnostics_of_targets_from_the_logits_include_the_output()
    {
        using var it = new LearningCase("5,6", TargetPropActivation.Tanh, rows: 9, rule: TargetPropLearningRule.DirectDifferenceTargetPropagation);
        ReferenceNetwork reference = it.Reference;

        TargetPropDiagnosticsReport report = Measure(it, TargetProp with { Rule = TargetPropLearningRule.DirectDifferenceTargetPropagation });

        Assert.Equal([(3, 1), (3, 2)], report.FeedbackMaps.Select(m => (m.From, m.To)));
        foreach (TargetPropFeedbackDiagnostics map in report.FeedbackMaps)
        {
            double[][] q = LearningCase.Doubles(it.Network.Feedback[map.To - 1].Weight);
            (double Before, double After)[] distances = [.. it.Rows.Features.Select((x, r) =>
            {
                double[][] h = reference.Activities(x);
                double[] step = [.. reference.OutputError(h[3], it.Rows.Labels[r]).Select(e => TargetProp.TargetStep * e)];
                double[] below = [.. h[map.To].Select((v, j) => v - Reference.Dot(q[j], step))];
                double[] reached = Enumerable.Range(map.To + 1, 3 - map.To).Aggregate(below, (a, i) => reference.F(i).Apply(a));
                double[] target = [.. h[3].Zip(step, (v, e) => v - e)];
                return (Reference.SquaredDistance(target, h[3]), Reference.SquaredDistance(target, reached));
            })];
            Near((double)distances.Count(d => d.After < d.Before) / distances.Length, map.NearerFraction, 1e-12);
            Near(distances.Sum(d => d.After) / distances.Sum(d => d.Before), map.DistanceLeft, 1e-9);
        }
    }

    [Fact]
    public void Feedback_alignment_with_the_forward_weights_is_back_propagation()
    {
        using var it = new LearningCase("5,7,4", TargetPropActivation.Tanh, rule: TargetPropLearningRule.FeedbackAlignment);
        foreach (LayerMap feedback in it.Network.Feedback)
            feedback.Weight.copy_(it.Network.Forward[feedback.Shape.From - 1].WeightTransposed);

        TargetPropDiagnosticsReport report = Measure(it, TargetProp with { Rule = TargetPropLearningRule.FeedbackAlignment });

        Assert.All(report.Layers, l => Assert.Equal(0, l.UpdateAngle!.Value, 1e-4));
        // The last layer is linear, so its Jacobian is its weights.
        Assert.Equal(0, report.FeedbackMaps[^1].TransposeAngle!.Value, 1e-4);
        Assert.All(report.FeedbackMaps, m => Assert.Null(m.NearerFraction));
    }

    [Fact]
    public void With_batch_normalisation_a_row_has_no_Jacobian()
    {
        using var it = new LearningCase("5,7", TargetPropActivation.Tanh, rule: TargetPropLearningRule.FixedWeightDifferenceTargetPropagation);

        TargetPropDiagnosticsReport report = Measure(it, TargetProp with { Rule = TargetPropLearningRule.FixedWeightDifferenceTargetPropagation });

        Assert.All(report.Layers, l => Assert.NotNull(l.UpdateAngle));
        Assert.All(report.Layers.SkipLast(1), l => Assert.True(l.LayerLoss > 0));
        Assert.All(report.FeedbackMaps, m => Assert.Equal((null, null, null, null), (m.TransposeAngle, m.LargestEigenvalue, m.NearerFraction, m.DistanceLeft)));
    }

    // *** Cases with a known answer ***

    /// <param name="factor">The factor of g relative to the inverse of f.</param>
    /// <param name="eigenvalue">The largest eigenvalue. For linear f and g, it is also the squared distance to the target after the step over that before.</param>
    /// <param name="nearer">The fraction of the rows that come nearer.</param>
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(0.5, 0.25, 1)]
    [InlineData(1.5, 0.25, 1)]
    [InlineData(-1, 4, 0)]
    [InlineData(2.1, 1.21, 0)]
    public void Feedback_that_is_a_multiple_of_the_inverse_has_a_known_eigenvalue(double factor, double eigenvalue, double nearer)
    {
        TargetPropFeedbackDiagnostics map = MeasureLinear(w => linalg.inv(w).mul(factor));

        Assert.Equal(eigenvalue, map.LargestEigenvalue!.Value, 1e-6);
        Assert.Equal(nearer, map.NearerFraction);
        Assert.Equal(eigenvalue, map.DistanceLeft!.Value, 1e-6);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0.01, 0)]
    [InlineData(-3, 180)]
    public void Feedback_that_is_a_multiple_of_the_transpose_has_a_known_angle(double factor, double angle) =>
        Assert.Equal(angle, MeasureLinear(w => w.t().mul(factor)).TransposeAngle!.Value, 1e-4);

    [Theory]
    [InlineData("5,7,4", TargetPropActivation.Sigmoid)]
    [InlineData("8", TargetPropActivation.Relu)]
    public void Back_propagation_has_an_update_angle_of_0_and_no_feedback_diagnostics(string hidden, TargetPropActivation activation)
    {
        using var it = new LearningCase(hidden, activation, feedback: false);

        TargetPropDiagnosticsReport report = Measure(it, Settings.Default with { Rule = TargetPropLearningRule.Backpropagation });

        Assert.Empty(report.FeedbackMaps);
        Assert.All(report.Layers, l => Assert.Equal(0, l.UpdateAngle!.Value, 1e-5));
        Assert.All(report.Layers, l => Assert.Null(l.LayerLoss));
    }

    [Fact]
    public void A_network_with_zero_gradient_has_no_update_angle()
    {
        // All weights are 0, and the gradients of the rows cancel: one row per class, with equal features.
        using var network = new TargetPropNetwork(new(2, [3, 3], 2, TargetPropActivation.Tanh, OutputKind.Softmax), [], null, CPU, ScalarType.Float64);
        using var probe = new NetworkProbe(Settings.Default with { Rule = TargetPropLearningRule.Backpropagation }, new(ones(2, 2), arange(2), null));

        Assert.All(probe.Measure(network).Layers, l => Assert.Null(l.UpdateAngle));
    }

    // *** Units ***

    [Theory]
    // φ′: tanh 1 − h², sigmoid h(1 − h) with maximum ¼, rectifiers 1, 0 or 0.01, ELU h + 1 below 0.
    [InlineData(TargetPropActivation.Tanh, 0.97, 0.98)]
    [InlineData(TargetPropActivation.Tanh, -0.97, -0.98)]
    [InlineData(TargetPropActivation.Sigmoid, 0.98, 0.99)]
    [InlineData(TargetPropActivation.Sigmoid, 0.02, 0.01)]
    [InlineData(TargetPropActivation.Relu, 1e-9, 0)]
    [InlineData(TargetPropActivation.LeakyRelu, 1e-9, -1)]
    [InlineData(TargetPropActivation.Elu, -0.94, -0.96)]
    public void A_unit_is_saturated_where_its_slope_is_small_and_dead_if_it_is_saturated_in_every_row(TargetPropActivation activation, double steep, double flat)
    {
        using Tensor h = tensor(new[] { steep, flat, flat, steep, flat, steep }).view(2, 3);

        (double saturated, double dead) = UnitStates.Of(Activation.Of(activation), h);

        // Three units in two rows: both steep; both flat; one flat and one steep.
        Assert.Equal(3.0 / 6, saturated, 1e-12);
        Assert.Equal(1.0 / 3, dead, 1e-12);
    }

    [Fact]
    public void Linear_units_are_neither_saturated_nor_dead()
    {
        using Tensor h = tensor(new[] { -1e6, 0, 1e6 }).view(1, 3);
        Assert.Equal((0, 0), UnitStates.Of(Activation.Identity, h));
    }

    // *** Side effects ***

    public static TheoryData<TargetPropLearningRule> Rules => [.. Enum.GetValues<TargetPropLearningRule>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Diagnostics_change_nothing_are_reproducible_and_free_every_tensor(TargetPropLearningRule rule)
    {
        using var it = new LearningCase("5,7,4", TargetPropActivation.Tanh, type: ScalarType.Float32, rule: rule);
        double[] before = Parameters(it.Network);

        LiveTensors.AssertGivenBack(() =>
        {
            using var probe = new NetworkProbe(Settings.Default with { Rule = rule }, it.Batch);
            Assert.Equivalent(probe.Measure(it.Network), probe.Measure(it.Network), strict: true);
        });

        Assert.Equal(before, Parameters(it.Network));

        static double[] Parameters(TargetPropNetwork network) =>
            [.. LearningCase.Flat(network.ForwardParameters.Flat), .. LearningCase.Flat(network.FeedbackParameters.Flat)];
    }

    private static TargetPropDiagnosticsReport Measure(LearningCase it, ClassifierSettings settings)
    {
        using var probe = new NetworkProbe(settings, it.Batch);
        return probe.Measure(it.Network);
    }

    /// <summary>Measures two layers of rectifiers that are always active, so f and g are linear.</summary>
    private static TargetPropFeedbackDiagnostics MeasureLinear(Func<Tensor, Tensor> feedback)
    {
        const int units = 4;
        using var it = new LearningCase($"{units},{units}", TargetPropActivation.Relu, rows: 12);
        LayerMap f = it.Network.Forward[1], g = it.Network.Feedback[0];
        g.Weight.copy_(feedback(f.Weight));
        it.Network.Forward[0].Bias.fill_(10);
        f.Bias.fill_(1e3);
        g.Bias.fill_(1e6);
        return Measure(it, TargetProp).FeedbackMaps[0];
    }

    private static void Near(double? expected, double? actual, double tolerance)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is { } value)
            Assert.Equal(value, actual!.Value, tolerance);
    }
}
