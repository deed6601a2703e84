using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Compares Adam and centred RMSprop with docs/algorithm.md (11.1) and (11.2), and tests the schedules.</summary>
public sealed class OptimizerTests
{
    private const int Steps = 7;

    /// <summary>From 2 parameters on: less than a vector register, exactly one, and several with a remainder.</summary>
    public static TheoryData<int, int, double> Sizes => new()
    {
        { 1, 1, 0 }, { 3, 2, 0.1 }, { 1, 8, 0 }, { 7, 1, 0.1 }, { 15, 1, 0 }, { 5, 3, 0.3 }, { 8, 9, 0.1 }, { 31, 2, 0 }, { 13, 7, 0.01 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Adam_follows_its_equations_in_the_vectorized_pass_and_in_tensor_operations(int inputs, int outputs, double weightDecay)
    {
        double[][] expected = Trajectory(inputs, outputs, new ReferenceOptimizer.Adam(weightDecay));

        // Single precision uses the vectorized pass on the processor, double precision the tensor operations for any device.
        AssertFollows(expected, Trajectory(inputs, outputs, ScalarType.Float32, (p, u) => new Adam(p, u, weightDecay)), 1e-5);
        AssertFollows(expected, Trajectory(inputs, outputs, ScalarType.Float64, (p, u) => new Adam(p, u, weightDecay)), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Centred_RMSprop_follows_its_equations(int inputs, int outputs, double weightDecay)
    {
        double[][] expected = Trajectory(inputs, outputs, new ReferenceOptimizer.CenteredRmsProp(weightDecay));

        AssertFollows(expected, Trajectory(inputs, outputs, ScalarType.Float32, (p, u) => new CenteredRmsProp(p, u, weightDecay)), 1e-5);
        AssertFollows(expected, Trajectory(inputs, outputs, ScalarType.Float64, (p, u) => new CenteredRmsProp(p, u, weightDecay)), 1e-6);
    }

    [Fact]
    public void The_first_steps_equal_a_calculation_by_hand()
    {
        // One weight and one bias at 1, gradient 0.5, rate 0.1. Adam's first step is as long as the rate.
        Assert.Equal(0.9, FirstSteps(ScalarType.Float32, (p, u) => new Adam(p, u, 0))[0][0], 1e-6);
        // RMSprop: v = 0.05 · 0.25 = 0.0125, m = 0.025, Δ = −0.1 · 0.5 / √(0.0125 − 0.000625 + 0.001) = −0.44065...
        Assert.Equal(1 - 0.05 / Math.Sqrt(0.012875), FirstSteps(ScalarType.Float32, (p, u) => new CenteredRmsProp(p, u, 0))[0][0], 1e-5);
        // A weight decay of 0.2 subtracts 0.1 · 0.2 from the weight and nothing from the bias.
        double[] decayed = FirstSteps(ScalarType.Float32, (p, u) => new Adam(p, u, 0.2))[0];
        Assert.Equal(0.88, decayed[0], 1e-6);
        Assert.Equal(0.9, decayed[1], 1e-6);
    }

    [Fact]
    public void Weights_decay_without_a_gradient_and_biases_do_not()
    {
        foreach (Func<ParameterBuffer, ParameterBuffer, Optimizer> make in
            new Func<ParameterBuffer, ParameterBuffer, Optimizer>[] { (p, u) => new Adam(p, u, 0.5), (p, u) => new CenteredRmsProp(p, u, 0.5) })
        {
            using var parameters = new ParameterBuffer([Map(3, 2), Map(2, 4)], CPU);
            using ParameterBuffer updates = parameters.NewLike();
            parameters.Flat.fill_(1);
            using Optimizer optimizer = make(parameters, updates);

            optimizer.Step(0.1);

            Assert.All(parameters.Maps, m => Assert.All(LearningCase.Flat(m.Weight), w => Assert.Equal(0.95, w, 1e-6)));
            Assert.All(parameters.Maps, m => Assert.All(LearningCase.Flat(m.Bias), b => Assert.Equal(1, b)));
        }
    }

    [Fact]
    public void The_option_selects_the_optimizer_and_the_weight_decay()
    {
        using var parameters = new ParameterBuffer([Map(3, 2)], CPU);
        using ParameterBuffer updates = parameters.NewLike();

        foreach (TargetPropOptimizer choice in Enum.GetValues<TargetPropOptimizer>())
        {
            parameters.Flat.fill_(1);
            using Optimizer optimizer = Optimizer.Of(choice, parameters, updates, weightDecay: 1);
            optimizer.Step(0.25);
            Assert.Equal(choice == TargetPropOptimizer.Adam, optimizer is Adam);
            Assert.Equal(choice == TargetPropOptimizer.RmsProp, optimizer is CenteredRmsProp);
            Assert.Equal(0.75, LearningCase.Flat(parameters.Flat)[0], 1e-6);
        }
    }

    [Theory]
    [InlineData(TargetPropSchedule.Constant, 0, 1)]
    [InlineData(TargetPropSchedule.Constant, 99, 1)]
    [InlineData(TargetPropSchedule.Linear, 0, 1)]
    [InlineData(TargetPropSchedule.Linear, 25, 0.75)]
    [InlineData(TargetPropSchedule.Linear, 99, 0.01)]
    [InlineData(TargetPropSchedule.Cosine, 0, 1)]
    [InlineData(TargetPropSchedule.Cosine, 25, 0.85355339059327)]
    [InlineData(TargetPropSchedule.Cosine, 50, 0.5)]
    [InlineData(TargetPropSchedule.Cosine, 75, 0.14644660940673)]
    public void A_schedule_is_a_factor_on_the_rates(TargetPropSchedule schedule, long step, double factor)
        => Assert.Equal(factor, TrainingRun.RateFactor(schedule, step, 100), 1e-12);

    [Theory]
    [InlineData(TargetPropSchedule.Linear)]
    [InlineData(TargetPropSchedule.Cosine)]
    public void A_falling_schedule_falls_at_every_step_and_stays_above_zero(TargetPropSchedule schedule)
    {
        double[] factors = [.. Enumerable.Range(0, 1000).Select(s => TrainingRun.RateFactor(schedule, s, 1000))];

        Assert.All(factors.Zip(factors.Skip(1)), pair => Assert.True(pair.Second < pair.First));
        Assert.InRange(factors[^1], 1e-9, 0.01);
    }

    private static LayerMapShape Map(int inputs, int outputs) => new(0, 1, inputs, outputs, Activation.Identity);

    private static double[] Gradient(int step, int count)
    {
        var random = new Random(100 + step);
        // Gradients of very different sizes, some of them zero.
        return [.. Enumerable.Range(0, count).Select(i => i % 5 == 4 ? 0 : (double)(float)(LearningCase.Normal(random) * Math.Pow(10, i % 4 - 2)))];
    }

    private static double[] Start(int count)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(_ => (double)(float)LearningCase.Normal(random))];
    }

    private static double Rate(int step) => 0.05 / (1 + step);

    private static double[][] Trajectory(int inputs, int outputs, ReferenceOptimizer optimizer)
    {
        int count = inputs * outputs + outputs;
        double[] values = Start(count);
        bool[] isWeight = [.. Enumerable.Range(0, count).Select(i => i < inputs * outputs)];
        var trajectory = new double[Steps][];
        for (int step = 0; step < Steps; step++)
        {
            optimizer.Step(values, Gradient(step, count), isWeight, Rate(step));
            trajectory[step] = [.. values];
        }
        return trajectory;
    }

    private static double[][] Trajectory(int inputs, int outputs, ScalarType type, Func<ParameterBuffer, ParameterBuffer, Optimizer> make)
    {
        int count = inputs * outputs + outputs;
        return Trajectory([Map(inputs, outputs)], type, make, Start(count), step => Gradient(step, count), Rate);
    }

    private static double[][] FirstSteps(ScalarType type, Func<ParameterBuffer, ParameterBuffer, Optimizer> make)
        => Trajectory([Map(1, 1)], type, make, [1, 1], _ => [0.5, 0.5], _ => 0.1);

    private static double[][] Trajectory(
        LayerMapShape[] maps, ScalarType type, Func<ParameterBuffer, ParameterBuffer, Optimizer> make, double[] start, Func<int, double[]> gradient, Func<int, double> rate)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer(maps, CPU, type);
        using ParameterBuffer updates = parameters.NewLike();
        parameters.Flat.copy_(tensor(start));
        using Optimizer optimizer = make(parameters, updates);
        var trajectory = new double[Steps][];
        for (int step = 0; step < Steps; step++)
        {
            updates.Flat.copy_(tensor(gradient(step)));
            optimizer.Step(rate(step));
            trajectory[step] = LearningCase.Flat(parameters.Flat);
        }
        return trajectory;
    }

    private static void AssertFollows(double[][] expected, double[][] actual, double tolerance)
    {
        for (int step = 0; step < Steps; step++)
            Assert.All(expected[step].Zip(actual[step]), pair => Assert.Equal(pair.First, pair.Second, tolerance * Math.Max(1, Math.Abs(pair.First))));
    }
}
