using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>A model on a device: rows in and out in the user's units, and the objective in closed form.</summary>
public sealed class GenerativeModelTests
{
    private static readonly float[,] Rows = { { 0.3f, 12, float.NaN }, { 1, 7, 22 }, { 0, 10, 19.5f } };

    [Fact]
    public void Inference_and_generation_are_those_of_the_maps()
    {
        using var scope = NewDisposeScope();
        GenerativeSnapshot snapshot = TestModels.Mixed();
        using var model = new GenerativeModel(snapshot, CPU);
        Tensor rows = tensor(Rows);

        Tensor[] h = IteratedInference.Run(model.Network, snapshot.Visible.ToModel(rows, rows.isnan()), snapshot.Settings, rows.isnan());
        Tensor generated = model.Network.Down(1, model.Network.Down(2, h[2]));

        Assert.True(h[2].Equals(model.Infer(rows)));
        // Logistic columns are the output of the maps. The others get their mean and deviation back: 10 and 2, 20 and 4.
        Tensor reconstructed = model.Reconstruct(rows), denoised = model.Denoise(rows);
        for (int c = 0; c < 3; c++)
        {
            double offset = 10 * c, deviation = c == 0 ? 1 : 2 * c;
            for (int r = 0; r < 3; r++)
            {
                Assert.Equal(offset + deviation * generated[r, c].ToDouble(), reconstructed[r, c].ToDouble(), 1e-4);
                Assert.Equal(offset + deviation * model.Network.Down(1, h[1])[r, c].ToDouble(), denoised[r, c].ToDouble(), 1e-4);
            }
        }
    }

    [Fact]
    public void The_objective_is_the_sum_of_its_terms_in_closed_form()
    {
        using var scope = NewDisposeScope();
        GenerativeSnapshot snapshot = TestModels.Mixed();
        using var model = new GenerativeModel(snapshot, CPU);
        Tensor rows = tensor(Rows), missing = rows.isnan();
        Tensor[] h = IteratedInference.Run(model.Network, snapshot.Visible.ToModel(rows, missing), snapshot.Settings, missing);

        // The two Gaussian columns share one variance.
        float[] visible = snapshot.GenerationVariances[0];
        float both = (visible[1] + visible[2]) / 2;
        float[][] variances = [[visible[0], both, both], snapshot.GenerationVariances[1]];

        ObjectiveTerms terms = model.Objective(rows);

        for (int r = 0; r < 3; r++)
        {
            double prior = Math.Log(snapshot.Prior.Components.Sum(c => Math.Exp(LogGaussian(c, Values(h[2][r])))));
            double total = prior;
            Assert.Equal(prior, terms.Prior[r].ToDouble(), 1e-4);
            for (int k = 1; k <= 2; k++)
            {
                double generation = LogNormal(Values(h[k - 1][r]), Values(model.Network.Down(k, h[k])[r]), variances[k - 1], k == 1 && r == 0 ? 2 : -1);
                double inference = LogNormal(Values(h[k][r]), Values(model.Network.Up(k, h[k - 1])[r]), snapshot.InferenceVariances[k - 1], -1);
                Assert.Equal(generation, terms.Generation[r, k - 1].ToDouble(), 1e-4);
                Assert.Equal(inference, terms.Inference[r, k - 1].ToDouble(), 1e-4);
                total += generation + snapshot.Settings.InferenceWeight * inference;
            }
            Assert.Equal(total, terms.Total[r].ToDouble(), 1e-4);
        }
    }

    /// <summary>log w N(x; mean, L Lᵀ), by forward substitution.</summary>
    private static double LogGaussian(PriorComponent component, double[] x)
    {
        int n = x.Length;
        double[] white = new double[n];
        double log = Math.Log(component.Weight);
        for (int i = 0; i < n; i++)
        {
            white[i] = x[i] - component.Mean[i];
            for (int j = 0; j < i; j++)
                white[i] -= component.Factor[i * n + j] * white[j];
            white[i] /= component.Factor[i * n + i];
            log -= 0.5 * white[i] * white[i] + Math.Log(component.Factor[i * n + i]) + 0.5 * Math.Log(2 * Math.PI);
        }
        return log;
    }

    private static double LogNormal(double[] x, double[] mean, float[] variance, int leftOut) => Enumerable.Range(0, x.Length).Where(j => j != leftOut)
        .Sum(j => -0.5 * (x[j] - mean[j]) * (x[j] - mean[j]) / variance[j] - 0.5 * Math.Log(2 * Math.PI * variance[j]));

    private static double[] Values(Tensor row) => [.. row.data<float>().Select(v => (double)v)];

    [Fact]
    public void Samples_come_from_the_prior_and_the_seed()
    {
        using var scope = NewDisposeScope();
        using var model = new GenerativeModel(TestModels.Mixed(), CPU);

        Tensor first = model.Sample(5, 1, 2);

        Assert.Equal([5, 3], first.shape);
        Assert.True(first.Equals(model.Sample(5, 1, 2)));
        Assert.False(first.Equals(model.Sample(5, 2, 2)));
        Assert.True(model.Reconstruct(model.Sample(5, 1, 1)).Equals(first));
    }

    [Fact]
    public void Draws_from_a_mixture_have_its_mean_and_covariance()
    {
        using var scope = NewDisposeScope();
        PriorParameters prior = new([new(0.25f, [-2, 0], [1, 0, 0.5f, 0.2f]), new(0.75f, [2, 1], [0.3f, 0, 0, 0.4f])]);
        using var live = new CodePrior(prior, CPU);
        using var random = new Microsoft.ML.TargetProp.Core.RandomSource(1, CPU);

        Tensor draws = live.Sample(40_000, random);

        // Mean Σ w m; covariance Σ w (C + m mᵀ) − mean meanᵀ.
        Assert.Equal(1.0, draws.mean([0])[0].ToDouble(), 0.03);
        Assert.Equal(0.75, draws.mean([0])[1].ToDouble(), 0.02);
        Tensor centred = draws - draws.mean([0]);
        Tensor covariance = centred.t().mm(centred).div(40_000);
        Assert.Equal(0.25 * (1 + 4) + 0.75 * (0.09 + 4) - 1, covariance[0, 0].ToDouble(), 0.05);
        Assert.Equal(0.25 * 0.5 + 0.75 * 2 - 0.75, covariance[0, 1].ToDouble(), 0.03);
        Assert.Equal(0.25 * (0.25 + 0.04) + 0.75 * (0.16 + 1) - 0.5625, covariance[1, 1].ToDouble(), 0.02);
    }

    [Fact]
    public void A_reloaded_model_gives_the_same_bits()
    {
        using var scope = NewDisposeScope();
        GenerativeSnapshot snapshot = TestModels.Mixed();
        using var stream = new MemoryStream();
        GenerativeArchive.Write(stream, snapshot);
        stream.Position = 0;
        using var model = new GenerativeModel(snapshot, CPU);
        using var reloaded = new GenerativeModel(GenerativeArchive.Read(stream), CPU);
        Tensor rows = tensor(Rows);

        Assert.True(model.Infer(rows).Equals(reloaded.Infer(rows)));
        Assert.True(model.Denoise(rows).Equals(reloaded.Denoise(rows)));
        Assert.True(model.Sample(4, 9, 1).Equals(reloaded.Sample(4, 9, 1)));
        Assert.True(model.Objective(rows).Total.Equals(reloaded.Objective(rows).Total));
    }

    [Fact]
    public void A_row_in_many_blocks_of_rows_is_inferred_as_it_is_alone()
    {
        using var scope = NewDisposeScope();
        using var model = new GenerativeModel(TestModels.Mixed(), CPU);
        using var random = new Microsoft.ML.TargetProp.Core.RandomSource(1, CPU);
        Tensor rows = random.NormalLike(zeros(1003, 3), 0.3);

        Tensor codes = model.Infer(rows);

        Assert.Equal(1003, codes.shape[0]);
        Assert.True(codes[1002].allclose(model.Infer(rows.narrow(0, 1002, 1))[0], 1e-5, 1e-6));
        Assert.Equal([0, 3], model.Infer(rows.narrow(0, 0, 0)).shape);
    }

    [Fact]
    public void A_model_gives_every_tensor_back()
    {
        LiveTensors.AssertGivenBack(() =>
        {
            using var scope = NewDisposeScope();
            using var model = new GenerativeModel(TestModels.Mixed(), CPU);
            Tensor rows = tensor(Rows);
            model.Objective(rows);
            model.Denoise(rows);
            model.Sample(3, 1, 1);
        });
    }

    [Fact]
    public void Rows_of_another_width_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new GenerativeModel(TestModels.Mixed(), CPU);

        Assert.Contains("[rows, 3]", Assert.Throws<ArgumentException>(() => model.Infer(zeros(2, 4))).Message, StringComparison.Ordinal);
    }
}
