using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Training on a small table with gaps, whose columns depend on two hidden causes.</summary>
public sealed class GenerativeTrainerTests
{
    private static readonly GenerativeShape Shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Gaussian, 6)], [8, 3], TargetPropActivation.Tanh);

    private static readonly GenerativeSettings Settings = new() { MaxEpochs = 30, BatchSize = 20, LearningRate = 0.01, Seed = 1, Inference = new(5), Noise = 0.05 };

    private static Tensor Table()
    {
        var random = new Random(5);
        float[,] rows = new float[200, 6];
        for (int r = 0; r < 200; r++)
        {
            (double a, double b) = (random.NextDouble(), random.NextDouble());
            for (int c = 0; c < 6; c++)
                rows[r, c] = random.Next(10) == 0 ? float.NaN : (float)(10 + c * a + (6 - c) * b);
        }
        return tensor(rows);
    }

    private static GenerativeResult Train(GenerativeSettings? settings = null)
    {
        using Tensor table = Table();
        return GenerativeTrainer.Run(Shape, table, settings ?? Settings, null, () => { });
    }

    [Fact]
    public void Training_on_rows_with_gaps_learns_to_generate_the_observed_entries()
    {
        GenerativeResult result = Train();

        // In standardised units, the mean of a column has a squared error of 1.
        Assert.True(result.Epochs[^1].ReconstructionError < 0.3, $"{result.Epochs[^1].ReconstructionError}");
        Assert.All(result.Model.Generation.Concat(result.Model.Inference), m => Assert.All(m.Weight, w => Assert.True(float.IsFinite(w))));
        Assert.All(result.Model.GenerationVariances.Concat(result.Model.InferenceVariances).SelectMany(v => v), v => Assert.True(v > 0));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_does_not()
    {
        GenerativeSnapshot first = Train().Model, again = Train().Model, other = Train(Settings with { Seed = 2 }).Model;

        Assert.Equal(first.Generation[0].Weight, again.Generation[0].Weight);
        Assert.Equal(first.Inference[1].Weight, again.Inference[1].Weight);
        Assert.Equal(first.Prior.Components[0].Factor, again.Prior.Components[0].Factor);
        Assert.NotEqual(first.Generation[0].Weight, other.Generation[0].Weight);
    }

    [Fact]
    public void The_factorised_prior_has_the_variances_of_the_full_one()
    {
        float[] full = Train().Model.Prior.Components[0].Factor, factorized = Train(Settings with { Prior = TargetPropCodePrior.Factorized }).Model.Prior.Components[0].Factor;

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(Enumerable.Range(0, 3).Sum(j => (double)full[3 * i + j] * full[3 * i + j]), (double)factorized[4 * i] * factorized[4 * i], 1e-5);
            for (int j = 0; j < 3; j++)
                Assert.True(i == j || factorized[3 * i + j] == 0);
        }
    }

    [Fact]
    public void Training_gives_back_every_tensor()
    {
        ThreadDisposeScopeStatistics counts = DisposeScopeManager.Statistics;
        long before = counts.ThreadTotalLiveCount;

        Train(Settings with { MaxEpochs = 2 });

        Assert.Equal(before, counts.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_column_without_any_entry_is_named()
    {
        using Tensor table = tensor(new[,] { { 1f, float.NaN }, { 2f, float.NaN } });

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => GenerativeTrainer.Run(Shape with { Visible = [TargetPropVisibleUnits.Gaussian, TargetPropVisibleUnits.Gaussian] }, table, Settings, null, () => { }));

        Assert.Contains("Column 1", error.Message, StringComparison.Ordinal);
    }
}
