using Microsoft.ML.TargetProp.Generative;


namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>The defaults of training.</summary>
public sealed class GenerativeDefaultsTests
{
    [Theory]
    [InlineData(9_999, 15, 0.1, TargetPropCodePrior.FullCovariance, null)]
    [InlineData(10_000, 15, 0.1, TargetPropCodePrior.FullCovariance, 3)]
    [InlineData(10_000, 15, 0.1, TargetPropCodePrior.Laplace, null)]
    [InlineData(10_000, 50, 0.1, TargetPropCodePrior.Mixture, 10)]
    [InlineData(10_000, 15, 0.2, TargetPropCodePrior.Mixture, 6)]
    [InlineData(10_000, 25, 0.28, TargetPropCodePrior.Mixture, 14)]
    [InlineData(10_000, 5, 1, TargetPropCodePrior.Mixture, null)]
    [InlineData(10_000, 3, 0.1, TargetPropCodePrior.Mixture, null)]
    [InlineData(10_000, 1, 1, TargetPropCodePrior.Mixture, null)]
    public void Many_rows_are_trained_with_few_iterations_whose_steps_stay_within_a_half(long rows, int all, double step, TargetPropCodePrior prior, int? expected)
    {
        InferenceSettings inference = new(all, step);

        int? iterations = GenerativeDefaults.TrainingIterations(rows, inference, prior, TargetPropMaximization.FinalValues);

        Assert.Equal(expected, iterations);
        if (iterations is { } few)
            Assert.InRange(inference.In(few).Step, 0, 0.5 + 1e-9);
    }

    [Theory]
    [InlineData(25, 0.28)]
    [InlineData(50, 0.14)]
    [InlineData(50, 0.78)]
    [InlineData(15, 0.1)]
    public void The_fewest_iterations_that_are_allowed_run_also_where_a_step_of_1_is_rounded(int all, double step)
    {
        InferenceSettings inference = new(all, step);

        InferenceSettings few = inference.In(inference.FewestIterations);

        few.Check();
        Assert.Equal(all * step, few.Iterations * few.Step, 1e-9);
    }

    [Fact]
    public void Long_steps_are_no_default_where_they_were_not_measured()
    {
        int? Of(InferenceSettings inference, TargetPropMaximization maximization = TargetPropMaximization.FinalValues) =>
            GenerativeDefaults.TrainingIterations(50_000, inference, TargetPropCodePrior.FullCovariance, maximization);

        Assert.Equal(3, Of(new()));
        Assert.Null(Of(new(Direction: TargetPropInferenceDirection.Gradient)));
        Assert.Null(Of(new(InferenceWeight: 0.01)));
        Assert.Null(Of(new(), TargetPropMaximization.Increments));
    }

    [Theory]
    [InlineData(0.0015, 1000, 100)]
    [InlineData(0.01, 100, 30)]
    [InlineData(0.005, 200, 300)]
    public void The_widest_hidden_layer_decides_the_rate(double rate, params int[] hidden) =>
        Assert.Equal(rate, GenerativeDefaults.LearningRate(new([TargetPropVisibleUnits.Gaussian], hidden, TargetPropActivation.Tanh)), 1e-12);
}
