using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Predictive sparse decomposition: one layer, linear g, a Laplace prior, α > 0.</summary>
public sealed class SparseCodingTests
{
    private static readonly double[] X = [0.9, -0.4], Bias = [0.1, 0], Predicted = [Math.Tanh(0.5 * 0.9), Math.Tanh(0.3 * -0.4), Math.Tanh(0.2 * 0.9 + 0.1 * -0.4)];
    private static readonly double[,] Dictionary = { { 1, 0.2, 0.5 }, { -0.3, 0.8, 0.4 } };

    [Fact]
    public void Inference_ends_at_the_minimum_of_the_energy_of_predictive_sparse_decomposition()
    {
        using var scope = NewDisposeScope();
        var shape = new GenerativeShape([TargetPropVisibleUnits.Gaussian, TargetPropVisibleUnits.Gaussian], [3], TargetPropActivation.Tanh);
        using var network = new GenerativeNetwork(shape, CPU, ScalarType.Float64);
        using Tensor up = tensor(new[] { 0.5, 0, 0, 0.3, 0.2, 0.1, 0, 0, 0 });
        using Tensor down = tensor(new[] { 1, 0.2, 0.5, -0.3, 0.8, 0.4, 0.1, 0 });
        network.InferenceParameters.Flat.copy_(up);
        network.GenerativeParameters.Flat.copy_(down);
        const double delta = 0.5, alpha = 0.1, step = 0.1, scale = 0.5;
        network.PriorOperator = PriorParameters.Laplace(3, scale).ProximalOperator(step, CPU);

        Tensor[] h = IteratedInference.Run(
            network, tensor(X).unsqueeze(0), new(50, delta, InferenceWeight: alpha, Direction: TargetPropInferenceDirection.Gradient));

        // By coordinate descent: ½ ‖x − W h − b‖² + ½ (α / δ) ‖h − f(x)‖² + (δσ² / (δ · scale)) ‖h‖₁.
        const double weight = alpha / delta, penalty = step / scale / delta;
        double[] best = [0, 0, 0];
        for (int sweep = 0; sweep < 1000; sweep++)
        {
            for (int j = 0; j < 3; j++)
            {
                double slope = weight * Predicted[j], curvature = weight;
                for (int i = 0; i < 2; i++)
                {
                    double rest = X[i] - Bias[i] - Enumerable.Range(0, 3).Where(l => l != j).Sum(l => Dictionary[i, l] * best[l]);
                    (slope, curvature) = (slope + Dictionary[i, j] * rest, curvature + Dictionary[i, j] * Dictionary[i, j]);
                }
                best[j] = Math.Sign(slope) * Math.Max(Math.Abs(slope) - penalty, 0) / curvature;
            }
        }
        Assert.Contains(0, best);
        Assert.Contains(best, v => v != 0);
        for (int j = 0; j < 3; j++)
            Assert.Equal(best[j], h[1][0, j].ToDouble(), 1e-4);
    }

    [Fact]
    public void A_Laplace_prior_has_its_density_and_its_draws_have_its_spread()
    {
        using var scope = NewDisposeScope();
        using var live = new CodePrior(PriorParameters.Laplace(2, 0.3), CPU);
        using var random = new RandomSource(1, CPU);

        Tensor draws = live.Sample(40_000, random);

        Assert.Equal(-(0.5 + 1.2) / 0.3 - 2 * Math.Log(0.6), live.LogDensity(tensor(new[,] { { 0.5f, -1.2f } })).ToDouble(), 1e-5);
        Assert.Equal(0, draws.mean().ToDouble(), 0.01);
        Assert.Equal(0.3, draws.abs().mean().ToDouble(), 0.005);
        Assert.Equal(2 * 0.09, draws.square().mean().ToDouble(), 0.01);
    }

    [Fact]
    public void A_Laplace_prior_comes_back_from_an_archive()
    {
        GenerativeSnapshot model = TestModels.Mixed() with { Prior = PriorParameters.Laplace(3, 0.3) };
        using var stream = new MemoryStream();

        GenerativeArchive.Write(stream, model);
        stream.Position = 0;
        PriorParameters back = GenerativeArchive.Read(stream).Prior;

        Assert.True(back.IsLaplace);
        Assert.Equal(model.Prior.Components[0].Factor, Assert.Single(back.Components).Factor);
    }
}
