using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>The objective during the E-step of trained models, and the directions that raise it.</summary>
public sealed class ObjectiveTests
{
    private static readonly GenerativeShape Shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Gaussian, 6)], [8, 3], TargetPropActivation.Tanh);

    /// <summary>Six columns that depend on two hidden causes.</summary>
    private static Tensor Table(int rows, double gaps, int seed)
    {
        var random = new Random(seed);
        float[,] table = new float[rows, 6];
        for (int r = 0; r < rows; r++)
        {
            (double a, double b) = (random.NextDouble(), random.NextDouble());
            for (int c = 0; c < 6; c++)
                table[r, c] = random.NextDouble() < gaps ? float.NaN : (float)(10 + c * a + (6 - c) * b);
        }
        return tensor(table);
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.1, 1)]
    [InlineData(0.1, 2)]
    [InlineData(0.3, 1)]
    public void The_objective_rises_over_the_iterations_of_a_trained_model_with_gaps_and_without(double gaps, int seed)
    {
        using var scope = NewDisposeScope();
        GenerativeSettings settings = new() { MaxEpochs = 30, BatchSize = 20, LearningRate = 0.01, Seed = seed, Inference = new(10), Noise = 0.1 };
        GenerativeSnapshot trained = GenerativeTrainer.Run(Shape, Table(200, gaps, seed), settings, null, () => { }).Model;
        using var model = new GenerativeModel(trained, CPU);

        IReadOnlyList<double> means = model.ObjectiveByIteration(Table(300, gaps, seed + 10));

        Assert.Equal(11, means.Count);
        Assert.True(means[^1] > means[0] && means[5] > means[0] && means[^1] > means[1], string.Join(" ", means));
        Assert.Equal(model.Objective(Table(300, gaps, seed + 10)).Total.mean().ToDouble(), means[^1], 1e-6);
    }

    [Fact]
    public void A_missing_entry_does_not_hold_the_code_where_it_started()
    {
        using var scope = NewDisposeScope();
        using var network = GenerativeNetwork.FromSnapshot(TestModels.Random(3, Shape), CPU);
        Tensor rows = Table(1, 0, 4), gap = zeros(1, 6, dtype: ScalarType.Bool);
        gap[0, 2] = tensor(true);

        Tensor[] h = IteratedInference.Run(network, rows, new(1, 0.1, 0), gap);

        // The missing entry is g_1 of h_1 before its move. So it has no error, and h_1 moves by the errors of the five others.
        Tensor first = network.Up(1, rows), generated = network.Down(1, first), filled = where(gap, generated, rows);
        Assert.True(h[0].allclose(filled));
        Assert.True(h[1].allclose(first + 0.1 * (network.Up(1, filled) - network.Up(1, generated)), 1e-4, 1e-5));
    }

    [Fact]
    public void The_variances_of_hidden_layers_follow_from_the_steps()
    {
        InferenceSettings settings = new(5, 0.1, 0.002);

        Assert.Equal(0.1 * 0.09 / 0.002, VariationalObjective.StatedGenerationVariance(settings, 0.3)!.Value, 1e-12);
        Assert.Equal(0.1 * 0.09, VariationalObjective.StatedInferenceVariance(settings, 0.3)!.Value, 1e-12);
        Assert.Null(VariationalObjective.StatedGenerationVariance(settings with { TopDownStep = 0 }, 0.3));
        Assert.Null(VariationalObjective.StatedGenerationVariance(settings, 0));
    }

    [Fact]
    public void The_step_towards_the_prior_takes_the_gradient_at_its_end()
    {
        using var scope = NewDisposeScope();
        // Covariance L Lᵀ = [4, 1; 1, 1.25], mean (1, -1).
        using var proximal = new GaussianProximal(new([new(1, [1, -1], [2, 0, 0.5f, 1])]), 0.3, CPU);
        Tensor code = tensor(new[,] { { 2f, 3f } }), before = code.clone();

        proximal.Apply(code);

        // before − after = c Σ⁻¹ (after − mean), Σ⁻¹ = [1.25, −1; −1, 4] / 4.
        (double a, double b) = (code[0, 0].ToDouble() - 1, code[0, 1].ToDouble() + 1);
        Assert.Equal(0.3 * (1.25 * a - b) / 4, before[0, 0].ToDouble() - code[0, 0].ToDouble(), 1e-5);
        Assert.Equal(0.3 * (-a + 4 * b) / 4, before[0, 1].ToDouble() - code[0, 1].ToDouble(), 1e-5);
    }

    [Fact]
    public void The_exact_direction_is_the_gradient_of_the_squared_error()
    {
        using var scope = NewDisposeScope();
        using var network = GenerativeNetwork.FromSnapshot(TestModels.Mixed(), CPU);
        using var random = new RandomSource(1, CPU);
        for (int k = 1; k <= 2; k++)
        {
            Tensor below = random.NormalLike(zeros(5, network.Shape.Units(k - 1)), 1), h = random.NormalLike(zeros(5, network.Shape.Units(k)), 1);
            const float step = 1e-2f;
            Tensor gradient = IteratedInference.Gradient(network, k, below, network.Down(k, h));
            for (int j = 0; j < network.Shape.Units(k); j++)
            {
                // Central differences of −½ ‖h_{k−1} − g_k(h_k)‖².
                Tensor more = h.clone(), less = h.clone();
                more[TensorIndex.Colon, j] += step;
                less[TensorIndex.Colon, j] -= step;
                Tensor slope = (Half(network, k, below, more) - Half(network, k, below, less)) / (2 * step);
                Assert.True(gradient[TensorIndex.Colon, j].allclose(slope, 1e-2, 2e-3), $"{k}, {j}");
            }
        }
    }

    private static Tensor Half(GenerativeNetwork network, int k, Tensor below, Tensor h) => -0.5 * (below - network.Down(k, h)).square().sum(1);

    [Fact]
    public void On_a_linear_Gaussian_model_the_estimator_is_the_posterior_covariance_times_the_gradient()
    {
        using var scope = NewDisposeScope();
        const double variance = 0.3, shift = 20;
        var random = new Random(3);
        double[] Draw(int n) => [.. Enumerable.Range(0, n).Select(_ => 2 * random.NextDouble() - 1)];
        // h ~ N(0, I), x | h ~ N(G h, v I): the posterior has covariance C = (I + GᵀG / v)⁻¹ and mean F x, F = C Gᵀ / v.
        Tensor g = tensor(Draw(15)).reshape(5, 3), x = tensor(Draw(40)).reshape(8, 5), h = tensor(Draw(24)).reshape(8, 3);
        Tensor posterior = linalg.inv(eye(3, dtype: ScalarType.Float64) + g.t().mm(g) / variance), f = posterior.mm(g.t()) / variance;
        // f_1(x) = F x + 20 stays above 0, where a rectified unit is linear.
        GenerativeShape shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Gaussian, 5)], [3], TargetPropActivation.Relu);
        using var network = new GenerativeNetwork(shape, CPU, ScalarType.Float64);
        network.InferenceParameters.Maps[0].Weight.copy_(f);
        network.InferenceParameters.Maps[0].Bias.fill_(shift);
        network.GenerativeParameters.Maps[0].Weight.copy_(g);
        Tensor inferred = network.Up(1, x), generated = network.Down(1, h);

        Tensor estimator = IteratedInference.Estimator(network, 1, inferred, generated);
        Tensor gradient = IteratedInference.Gradient(network, 1, x, generated) / variance;

        Assert.True(inferred.min().ToDouble() > 0 && network.Up(1, generated).min().ToDouble() > 0, "linear on both sides");
        Assert.True(estimator.allclose(gradient.mm(posterior)));
        Tensor cosine = (estimator * gradient).sum(1) / (estimator.norm(1) * gradient.norm(1));
        Assert.True(cosine.min().ToDouble() > 0, "C is positive definite, so the estimator never points downhill");
    }
}
