using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Compares several consecutive training steps, docs/algorithm.md (2.5), with the reference.</summary>
public sealed class ClassifierStepTests
{
    private const double Rate = 0.02;
    private const double FeedbackRate = 0.03;
    private const double WeightDecay = 0.1;
    private const double TargetStep = 0.3;
    private const double Noise = 0.2;

    [Theory]
    [InlineData("5", TargetPropActivation.Tanh, TargetPropOptimizer.Adam, 1)]
    [InlineData("5,7", TargetPropActivation.Tanh, TargetPropOptimizer.Adam, 1)]
    [InlineData("5,7", TargetPropActivation.Elu, TargetPropOptimizer.RmsProp, 1)]
    [InlineData("8,3,6", TargetPropActivation.Sigmoid, TargetPropOptimizer.Adam, 2)]
    [InlineData("8,3,6", TargetPropActivation.LeakyRelu, TargetPropOptimizer.RmsProp, 3)]
    [InlineData("5,7,4,6,3,8,5", TargetPropActivation.Tanh, TargetPropOptimizer.RmsProp, 2)]
    public void After_five_steps_every_parameter_has_the_value_of_the_equations(
        string hidden, TargetPropActivation activation, TargetPropOptimizer optimizer, int feedbackInterval)
    {
        using var it = new LearningCase(hidden, activation, weighted: true);
        ClassifierSettings settings = Settings.Default with
        {
            LearningRate = Rate,
            FeedbackLearningRate = FeedbackRate,
            FeedbackInterval = feedbackInterval,
            FeedbackNoise = Noise,
            TargetStep = TargetStep,
            Optimizer = optimizer,
            WeightDecay = WeightDecay,
        };
        using var random = new RandomSource(9, CPU);
        using var sameRandom = new RandomSource(9, CPU);
        using var step = new ClassifierStep(it.Network, settings, random);
        using var expected = new LearningCase(hidden, activation);
        ReferenceOptimizer forward = New(optimizer), feedback = New(optimizer);
        var rows = new Random(4);

        for (int i = 0; i < 5; i++)
        {
            // The last batch is shorter, and the rates fall as with a schedule.
            (ReferenceBatch reference, Batch batch) = it.NewBatch(rows, i == 4 ? 3 : 8, weighted: true);
            double factor = 1 - 0.2 * i;
            if (i % feedbackInterval == 0 && it.Network.Feedback.Count > 0)
            {
                double[][][] noise = it.DrawNoise(sameRandom, Noise, reference.Rows);
                Move(expected.Network.FeedbackParameters, expected.Reference.FeedbackUpdates(reference, noise), feedback, FeedbackRate * factor);
            }
            Move(expected.Network.ForwardParameters, expected.Reference.TargetPropUpdates(reference, TargetStep), forward, Rate * factor);

            step.Run(batch, factor, null, null);
        }

        AssertSame(expected.Network.ForwardParameters, it.Network.ForwardParameters);
        AssertSame(expected.Network.FeedbackParameters, it.Network.FeedbackParameters);
    }

    [Fact]
    public void Back_propagation_steps_follow_the_equations_too()
    {
        using var it = new LearningCase("8,3,6", TargetPropActivation.Relu, weighted: true, feedback: false);
        using var expected = new LearningCase("8,3,6", TargetPropActivation.Relu, feedback: false);
        using var random = new RandomSource(9, CPU);
        ClassifierSettings settings = Settings.Default with { Rule = TargetPropLearningRule.Backpropagation, LearningRate = Rate, WeightDecay = WeightDecay };
        using var step = new ClassifierStep(it.Network, settings, random);
        ReferenceOptimizer optimizer = New(TargetPropOptimizer.Adam);

        for (int i = 0; i < 5; i++)
        {
            Move(expected.Network.ForwardParameters, expected.Reference.BackpropagationUpdates(it.Rows), optimizer, Rate);
            step.Run(it.Batch, 1, null, null);
        }

        AssertSame(expected.Network.ForwardParameters, it.Network.ForwardParameters);
    }

    [Fact]
    public void The_returned_pass_is_from_before_the_update()
    {
        using var it = new LearningCase("5,7", TargetPropActivation.Tanh);
        double[][] before = [.. it.Rows.Features.Select(x => it.Reference.Activities(x)[3])];
        using var random = new RandomSource(9, CPU);
        using var step = new ClassifierStep(it.Network, Settings.Default, random);

        ForwardPass pass = step.Run(it.Batch, 1, null, null);

        LearningCase.Agree(before.SelectMany(r => r).ToArray(), LearningCase.Flat(pass.Activities[3]), 1e-12);
    }

    private static ReferenceOptimizer New(TargetPropOptimizer optimizer) => optimizer == TargetPropOptimizer.Adam
        ? new ReferenceOptimizer.Adam(WeightDecay)
        : new ReferenceOptimizer.CenteredRmsProp(WeightDecay);

    private static void Move(ParameterBuffer parameters, ReferenceUpdate[] updates, ReferenceOptimizer optimizer, double rate)
    {
        double[] values = LearningCase.Flat(parameters.Flat);
        bool[] isWeight = [.. updates.SelectMany(u => u.Weight.SelectMany(row => row.Select(_ => true)).Concat(u.Bias.Select(_ => false)))];
        optimizer.Step(values, [.. updates.SelectMany(u => u.Flat)], isWeight, rate);
        using Tensor moved = tensor(values);
        parameters.Flat.copy_(moved);
    }

    private static void AssertSame(ParameterBuffer expected, ParameterBuffer actual)
    {
        double[] a = LearningCase.Flat(expected.Flat), b = LearningCase.Flat(actual.Flat);
        Assert.Equal(a.Length, b.Length);
        Assert.All(a.Zip(b), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }
}
