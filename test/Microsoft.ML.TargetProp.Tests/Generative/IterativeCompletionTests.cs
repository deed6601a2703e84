using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Completion with the maps of the layers: small pictures with one bright column.</summary>
public sealed class IterativeCompletionTests
{
    private static readonly GenerativeShape Shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Logistic, 9)], [12, 4], TargetPropActivation.Tanh);

    private static readonly GenerativeSnapshot Model = Train();

    private static readonly long[] Keys = [10, 11, 12, 13, 14, 15];

    private static Tensor Pictures(int rows, int seed)
    {
        var random = new Random(seed);
        float[,] pixels = new float[rows, 9];
        for (int r = 0; r < rows; r++)
        {
            int bright = random.Next(3);
            for (int i = 0; i < 9; i++)
                pixels[r, i] = Math.Clamp((i % 3 == bright ? 0.9f : 0.1f) + 0.1f * (float)(random.NextDouble() - 0.5), 0, 1);
        }
        return tensor(pixels);
    }

    /// <summary>Pictures without their lower two lines. The last picture is missing entirely.</summary>
    private static Tensor Gaps()
    {
        Tensor rows = Pictures(6, seed: 3);
        using var scope = NewDisposeScope();
        rows[.., 3..] = float.NaN;
        rows[5] = float.NaN;
        return rows;
    }

    private static GenerativeSnapshot Train()
    {
        using Tensor rows = Pictures(300, seed: 1);
        GenerativeSettings settings = new() { MaxEpochs = 40, BatchSize = 20, LearningRate = 0.01, Seed = 1, Inference = new(5), Noise = 0.1 };
        return GenerativeTrainer.Run(Shape, rows, settings, null, () => { }).Model;
    }

    private static (float[] Values, float[] Deviations) Complete(Tensor rows, CompletionSettings settings, long[] keys)
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = GenerativeNetwork.FromSnapshot(Model, CPU);
        CompletedRows completed = IterativeCompletion.Run(network, Model, rows, settings with { WithDeviations = true }, keys);
        return (completed.Values.data<float>().ToArray(), completed.Deviations!.data<float>().ToArray());
    }

    [Theory]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue)]
    [InlineData(TargetPropInpaintingOutput.Sample)]
    public void Observed_entries_come_back_bit_for_bit_and_filled_ones_are_in_range(TargetPropInpaintingOutput output)
    {
        using Tensor rows = Gaps();
        float[] before = rows.data<float>().ToArray();

        (float[] values, float[] deviations) = Complete(rows, new() { Output = output }, Keys);

        for (int i = 0; i < before.Length; i++)
        {
            bool observed = !float.IsNaN(before[i]);
            Assert.True(observed ? BitConverter.SingleToInt32Bits(before[i]) == BitConverter.SingleToInt32Bits(values[i]) : values[i] is >= 0 and <= 1);
            Assert.Equal(observed, deviations[i] == 0);
        }
    }

    [Theory]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue)]
    [InlineData(TargetPropInpaintingOutput.Sample)]
    public void A_row_is_completed_in_the_same_way_in_any_batch(TargetPropInpaintingOutput output)
    {
        using Tensor rows = Gaps();
        CompletionSettings settings = new() { Output = output, Seed = 4 };
        float[] together = Complete(rows, settings, Keys).Values;

        for (int r = 0; r < 6; r++)
        {
            using Tensor one = rows.narrow(0, r, 1).clone();
            float[] alone = Complete(one, settings, [Keys[r]]).Values;
            Assert.All(alone.Zip(together.AsSpan(9 * r, 9).ToArray()), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        }
    }

    [Fact]
    public void The_same_seed_draws_the_same_and_another_draw_or_seed_does_not()
    {
        using Tensor rows = Gaps();
        CompletionSettings settings = new() { Output = TargetPropInpaintingOutput.Sample, Rounds = 2, Seed = 4 };

        Assert.Equal(Complete(rows, settings, Keys).Values, Complete(rows, settings, Keys).Values);
        Assert.NotEqual(Complete(rows, settings, Keys).Values, Complete(rows, settings with { Draw = 1 }, Keys).Values);
        Assert.NotEqual(Complete(rows, settings, Keys).Values, Complete(rows, settings with { Seed = 5 }, Keys).Values);
    }

    [Fact]
    public void Missing_entries_follow_the_code_within_a_round_too()
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = GenerativeNetwork.FromSnapshot(Model, CPU);
        Tensor rows = Gaps(), missing = rows.isnan();
        Tensor[] h = IteratedInference.Run(network, Model.Visible.ToModel(rows, missing), Model.Settings, missing);
        float[] expected = where(missing, network.Down(1, h[1]), rows).data<float>().ToArray();

        Tensor filled = IterativeCompletion.Fill(network, Model.Visible, Model.Settings, rows, new() { Rounds = 1 }, Keys);

        Assert.All(expected.Zip(filled.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void Completion_gives_every_tensor_back()
    {
        using Tensor rows = Gaps();
        ThreadDisposeScopeStatistics counts = DisposeScopeManager.Statistics;
        long before = counts.ThreadTotalLiveCount;

        Complete(rows, new(), Keys);

        Assert.Equal(before, counts.ThreadTotalLiveCount);
    }

    [Fact]
    public void Settings_out_of_range_and_the_wrong_width_are_refused()
    {
        using Tensor rows = Gaps(), narrow = zeros(6, 8);

        Assert.Throws<ArgumentOutOfRangeException>(() => Complete(rows, new() { Rounds = 0 }, Keys));
        Assert.Throws<ArgumentOutOfRangeException>(() => Complete(rows, new() { Draw = -1 }, Keys));
        Assert.Throws<ArgumentException>(() => Complete(rows, new(), [1]));
        Assert.Throws<ArgumentException>(() => Complete(narrow, new(), Keys));
    }
}
