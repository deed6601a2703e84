using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.MLNet;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

using Options = TargetPropInpaintingEstimator.Options;

/// <summary>The choices for options that are left open.</summary>
public sealed class InpaintingDefaultsTests
{
    [Theory]
    [InlineData(9_999, 15, 0.1, TargetPropCodePrior.FullCovariance, 15)]
    [InlineData(10_000, 15, 0.1, TargetPropCodePrior.FullCovariance, 3)]
    [InlineData(10_000, 15, 0.1, TargetPropCodePrior.Laplace, 15)]
    [InlineData(10_000, 50, 0.1, TargetPropCodePrior.Mixture, 10)]
    [InlineData(10_000, 15, 0.2, TargetPropCodePrior.Mixture, 6)]
    [InlineData(10_000, 25, 0.28, TargetPropCodePrior.Mixture, 14)]
    [InlineData(10_000, 5, 1, TargetPropCodePrior.Mixture, 5)]
    [InlineData(10_000, 3, 0.1, TargetPropCodePrior.Mixture, 3)]
    [InlineData(10_000, 1, 1, TargetPropCodePrior.Mixture, 1)]
    public void Many_rows_are_trained_with_few_iterations_whose_steps_stay_within_a_half(long rows, int all, double step, TargetPropCodePrior prior, int expected)
    {
        Options options = new() { Inference = { Iterations = all, Step = step }, Prior = { Kind = prior } };

        int iterations = InpaintingOptions.TrainingIterations.Of(options, new(rows));

        Assert.Equal(expected, iterations);
        InferenceSettings inference = InpaintingOptions.Inference(options);
        if (iterations < all)
            Assert.InRange(inference.In(iterations).Step, 0, 0.5 + 1e-9);
        else
            Assert.Equal(inference, inference.In(iterations));
    }

    [Theory]
    [InlineData(25, 0.28)]
    [InlineData(50, 0.14)]
    [InlineData(50, 0.78)]
    [InlineData(15, 0.1)]
    public void The_fewest_iterations_that_are_allowed_run_also_where_a_step_of_1_is_rounded(int all, double step)
    {
        InferenceSettings inference = new(all, step);

        InferenceSettings few = inference.In(inference.MinIterations);

        few.Check();
        Assert.Equal(all * step, few.Iterations * few.Step, 1e-9);
    }

    [Fact]
    public void Long_steps_are_no_default_where_they_were_not_measured()
    {
        int Of(Action<TargetPropInferenceOptions> change)
        {
            Options options = new();
            change(options.Inference);
            return InpaintingOptions.TrainingIterations.Of(options, new(Rows: 50_000));
        }

        Assert.Equal(3, Of(_ => { }));
        Assert.Equal(15, Of(i => i.Direction = TargetPropInferenceDirection.Gradient));
        Assert.Equal(15, Of(i => i.Weight = 0.01));
        Assert.Equal(15, Of(i => i.Maximization = TargetPropMaximization.Increments));
    }

    [Theory]
    [InlineData(0.0015, 1000, 100)]
    [InlineData(0.01, 100, 30)]
    [InlineData(0.005, 200, 300)]
    public void The_widest_hidden_layer_decides_the_rate(double rate, params int[] hidden) =>
        Assert.Equal(rate, InpaintingOptions.LearningRate.Of(new(), new(Rows: 100) { HiddenUnits = hidden }), 1e-12);
}
