using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Samples.Experiments.Studies;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>Tests the estimate of the log-likelihood by a Parzen window.</summary>
public sealed class ParzenWindowTests
{
    [Fact]
    public void A_Parzen_window_is_the_mean_of_Gaussians_around_the_samples()
    {
        using var scope = NewDisposeScope();
        double[][] samples = [[0, 0, 1], [1, 0.5, 0]], rows = [[0.1, 0, 0.9], [3, 3, 3]];
        const double deviation = 0.4;

        Tensor logs = ParzenWindow.LogLikelihood(Matrix(samples), Matrix(rows), deviation);

        for (int r = 0; r < 2; r++)
        {
            double density = samples.Average(s => Math.Exp(-s.Zip(rows[r], (a, b) => (a - b) * (a - b)).Sum() / (2 * deviation * deviation)));
            Assert.Equal(Math.Log(density) - 1.5 * Math.Log(2 * Math.PI * deviation * deviation), logs[r].ToDouble(), 1e-4);
        }
    }

    [Fact]
    public void The_width_of_the_window_is_the_candidate_with_the_highest_likelihood_of_unseen_rows()
    {
        using var scope = NewDisposeScope();
        using var random = new RandomSource(1, CPU);
        Tensor samples = random.NormalLike(zeros(600, 2), 1), validation = random.NormalLike(zeros(1100, 2), 1);
        double[] candidates = [0.001, 0.3, 30];

        Assert.Equal(0.3, ParzenWindow.ChooseDeviation(samples, validation, candidates));
        Assert.Equal(1100, ParzenWindow.LogLikelihood(samples, validation, 1).shape[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => ParzenWindow.LogLikelihood(samples, validation, 0));
    }

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(r => r).Select(v => (float)v).ToArray()).reshape(rows.Length, -1);
}
