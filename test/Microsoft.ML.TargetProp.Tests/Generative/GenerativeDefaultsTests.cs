using Microsoft.ML.TargetProp.Generative;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>What a training takes when nothing is asked for.</summary>
public sealed class GenerativeDefaultsTests
{
    [Theory]
    [InlineData(9_999, 15, 0.1, TargetPropCodePrior.FullCovariance, null)]
    [InlineData(10_000, 15, 0.1, TargetPropCodePrior.FullCovariance, 3)]
    [InlineData(10_000, 15, 0.1, TargetPropCodePrior.Laplace, null)]
    [InlineData(10_000, 50, 0.1, TargetPropCodePrior.Mixture, 5)]
    [InlineData(10_000, 5, 1, TargetPropCodePrior.Mixture, 5)]
    [InlineData(10_000, 3, 0.1, TargetPropCodePrior.Mixture, null)]
    [InlineData(10_000, 1, 1, TargetPropCodePrior.Mixture, null)]
    public void Many_rows_are_trained_with_few_iterations_whose_steps_stay_within_1(long rows, int all, double step, TargetPropCodePrior prior, int? expected)
    {
        InferenceSettings inference = new(all, step);

        int? iterations = GenerativeDefaults.TrainingIterations(rows, inference, prior, TargetPropMaximization.FinalValues);

        Assert.Equal(expected, iterations);
        if (iterations is { } few)
            inference.In(few).Check();
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
