using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Completion with the maps that are trained on masked rows.</summary>
public sealed class CompletionModelTests
{
    private const int Columns = 6;

    private static readonly CompletionTrainingSettings Settings = new() { HiddenUnits = [16, 16], MaxEpochs = 30, BatchSize = 32, LearningRate = 0.003, Seed = 1 };

    private static readonly GenerativeSnapshot Gaussian = Train(GaussianRows(600, seed: 1), TargetPropVisibleUnits.Gaussian, Settings);

    private static readonly GenerativeSnapshot Pictures = Train(Stripes(400, seed: 1), TargetPropVisibleUnits.Logistic, Settings with { ImageWidth = 4 });

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Two hidden causes seen through fixed weights, with noise of deviation 0.5; mean 3.</summary>
    private static Tensor GaussianRows(int rows, int seed)
    {
        var random = new Random(seed);
        float[] values = new float[rows * Columns];
        for (int r = 0; r < rows; r++)
        {
            (double a, double b) = (Normal(random), Normal(random));
            for (int c = 0; c < Columns; c++)
                values[r * Columns + c] = (float)(3 + First(c) * a + Second(c) * b + 0.5 * Normal(random));
        }
        return Table(values, Columns);
    }

    private static double First(int column) => Math.Cos(column);

    private static double Second(int column) => Math.Sin(column);

    /// <summary>Pictures of 4 by 4 pixels with one bright column.</summary>
    private static Tensor Stripes(int rows, int seed)
    {
        var random = new Random(seed);
        float[] values = new float[rows * 16];
        for (int r = 0; r < rows; r++)
        {
            int bright = random.Next(4);
            for (int i = 0; i < 16; i++)
                values[r * 16 + i] = i % 4 == bright ? 1f - 0.1f * (float)random.NextDouble() : 0.1f * (float)random.NextDouble();
        }
        return Table(values, 16);
    }

    private static Tensor Table(float[] values, int columns)
    {
        using Tensor flat = tensor(values);
        return flat.view(-1, columns);
    }

    private static GenerativeSnapshot Train(Tensor rows, TargetPropVisibleUnits kind, CompletionTrainingSettings settings)
    {
        using (rows)
        {
            var shape = new GenerativeShape([.. Enumerable.Repeat(kind, (int)rows.shape[1])], [3], TargetPropActivation.Tanh);
            var brief = new GenerativeSettings { MaxEpochs = 1, BatchSize = 100, LearningRate = 0.001, Seed = 1, Inference = new(1) };
            return CompletionTrainer.Run(GenerativeTrainer.Run(shape, rows, brief, null, () => { }).Model, rows, settings, null, () => { });
        }
    }

    private static (float[] Values, float[] Deviations) Complete(GenerativeSnapshot model, Tensor rows, CompletionSettings settings, long[] keys)
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = GenerativeNetwork.FromSnapshot(model, CPU);
        CompletedRows completed = IterativeCompletion.Run(network, model, rows, settings with { WithDeviations = true }, keys);
        return (completed.Values.data<float>().ToArray(), completed.Deviations!.data<float>().ToArray());
    }

    private static long[] Keys(Tensor rows) => [.. Enumerable.Range(0, (int)rows.shape[0]).Select(r => (long)r)];

    private static Tensor WithGaps(Tensor rows, double rate, int seed)
    {
        var random = new Random(seed);
        using var scope = NewDisposeScope();
        bool[] gaps = [.. Enumerable.Range(0, (int)rows.numel()).Select(_ => random.NextDouble() < rate)];
        return where(tensor(gaps).view(rows.shape), tensor([float.NaN]), rows).MoveToOuterDisposeScope();
    }

    /// <summary>The true mean and covariance of the rows, for the closed form.</summary>
    private static GaussianParameters Truth() => new(
        [.. Enumerable.Repeat(3f, Columns)],
        [.. Enumerable.Range(0, Columns * Columns).Select(i => (float)(First(i / Columns) * First(i % Columns) + Second(i / Columns) * Second(i % Columns) + (i / Columns == i % Columns ? 0.25 : 0)))]);

    [Fact]
    public void Gaussian_rows_are_completed_near_their_true_conditional_means_with_their_true_deviations()
    {
        using var scope = NewDisposeScope();
        Tensor rows = GaussianRows(200, seed: 9), gaps = WithGaps(rows, 0.4, seed: 2);
        Tensor missing = gaps.isnan();
        // The tests of ConditionalGaussian compare it with elimination in double precision.
        using var truth = new ConditionalGaussian(Truth(), CPU);
        float[] expected = truth.Fill(gaps.nan_to_num(), missing).data<float>().ToArray();
        float[] variances = truth.Variances(missing).data<float>().ToArray();

        (float[] values, float[] deviations) = Complete(Gaussian, gaps, new(), Keys(rows));

        double[] off = [.. values.Zip(expected, (v, e) => (double)(v - e)).Where((_, i) => variances[i] > 0)];
        Assert.True(off.Average(o => o * o) < 0.02, $"{off.Average(o => o * o)}");
        double[] ratio = [.. deviations.Zip(variances, (d, v) => d / Math.Sqrt(v)).Where((_, i) => variances[i] > 0)];
        Assert.InRange(ratio.Average(), 0.9, 1.15);
        Assert.All(ratio, r => Assert.InRange(r, 0.7, 1.4));
    }

    /// <summary>Smooth grays in [0, 1]: a pixel is nearly the mean of its neighbours. When they are missing, it can have any value.</summary>
    private static Tensor Grays(int rows, int seed)
    {
        var random = new Random(seed);
        float[] values = new float[rows * 16];
        for (int r = 0; r < rows; r++)
        {
            double phase = 2 * Math.PI * random.NextDouble();
            for (int i = 0; i < 16; i++)
                values[r * 16 + i] = (float)Math.Clamp(0.5 + 0.4 * Math.Sin(phase + 0.5 * i) + 0.03 * Normal(random), 0, 1);
        }
        return Table(values, 16);
    }

    [Fact]
    public void The_stated_deviation_of_a_gray_pixel_falls_with_the_number_of_observed_pixels()
    {
        using var scope = NewDisposeScope();
        GenerativeSnapshot grays = Train(Grays(600, seed: 1), TargetPropVisibleUnits.Logistic, Settings);
        Tensor rows = Grays(300, seed: 9);
        (double Error, double Stated) Measure(double missing)
        {
            Tensor gaps = WithGaps(rows, missing, seed: 2);
            (float[] values, float[] deviations) = Complete(grays, gaps, new(), Keys(rows));
            double[] truth = [.. rows.data<float>().ToArray().Select(v => (double)v)];
            int[] filled = [.. Enumerable.Range(0, values.Length).Where(i => deviations[i] > 0)];
            return (filled.Average(i => Math.Pow(values[i] - truth[i], 2)), filled.Average(i => Math.Pow(deviations[i], 2)));
        }

        (double errorOfFew, double statedOfFew) = Measure(0.1);
        (double errorOfMany, double statedOfMany) = Measure(0.9);

        Assert.True(errorOfFew < 0.2 * errorOfMany, $"{errorOfFew} {errorOfMany}");
        Assert.True(statedOfFew < 0.4 * statedOfMany, $"{statedOfFew} {statedOfMany}");
    }

    [Fact]
    public void Draws_spread_around_the_expected_value_as_the_deviation_says()
    {
        using var scope = NewDisposeScope();
        Tensor row = tensor(new[,] { { 3.5f, float.NaN, 2.5f, 3f, float.NaN, 4f } });
        (float[] expected, float[] deviations) = Complete(Gaussian, row, new(), [1]);
        float[][] draws = [.. Enumerable.Range(0, 300).Select(d => Complete(Gaussian, row, new() { Output = TargetPropInpaintingOutput.Sample, Draw = d, Seed = 5 }, [1]).Values)];

        foreach (int gap in (int[])[1, 4])
        {
            double mean = draws.Average(d => d[gap]), deviation = Math.Sqrt(draws.Average(d => (d[gap] - mean) * (d[gap] - mean)));
            Assert.Equal(expected[gap], mean, 0.15);
            Assert.InRange(deviation / deviations[gap], 0.8, 1.25);
        }
    }

    [Theory]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue)]
    [InlineData(TargetPropInpaintingOutput.Sample)]
    public void Observed_bits_stay_pixels_are_in_range_and_other_rows_do_not_matter(TargetPropInpaintingOutput output)
    {
        using var scope = NewDisposeScope();
        CompletionSettings settings = new() { Output = output, Seed = 3 };
        Tensor rows = WithGaps(Stripes(7, seed: 4), 0.5, seed: 5);
        rows[3] = float.NaN;
        rows[0] = 0.25f;
        float[] before = rows.data<float>().ToArray();

        (float[] values, float[] deviations) = Complete(Pictures, rows, settings, Keys(rows));

        for (int i = 0; i < before.Length; i++)
        {
            bool observed = !float.IsNaN(before[i]);
            Assert.True(observed ? BitConverter.SingleToInt32Bits(before[i]) == BitConverter.SingleToInt32Bits(values[i]) : values[i] is >= 0 and <= 1);
            Assert.True(deviations[i] is >= 0 and <= 1 && (!observed || deviations[i] == 0));
        }
        for (int r = 0; r < 7; r++)
        {
            float[] alone = Complete(Pictures, rows.narrow(0, r, 1).clone(), settings, [r]).Values;
            Assert.All(alone.Zip(values.AsSpan(16 * r, 16).ToArray()), pair => Assert.Equal(pair.Second, pair.First, 1e-4f));
        }
    }

    [Fact]
    public void Stripes_continue_where_pixels_are_missing()
    {
        using var scope = NewDisposeScope();
        Tensor whole = Stripes(50, seed: 6), rows = whole.clone();
        rows[.., 4..] = float.NaN;

        float[] values = Complete(Pictures, rows, new(), Keys(rows)).Values;

        Assert.True(whole.sub(tensor(values).view(50, 16)).abs().max().ToDouble() < 0.25);
    }

    [Fact]
    public void A_row_with_nothing_observed_has_many_samples()
    {
        using Tensor row = full([1, 16], float.NaN);
        CompletionSettings settings = new() { Output = TargetPropInpaintingOutput.Sample, Seed = 3 };
        float[][] draws = [.. Enumerable.Range(0, 20).Select(d => Complete(Pictures, row, settings with { Draw = d }, [1]).Values)];

        // Each draw chooses the bright column.
        int[] brightest = [.. draws.Select(d => Enumerable.Range(0, 4).MaxBy(c => d[c] + d[4 + c] + d[8 + c] + d[12 + c]))];
        Assert.True(brightest.Distinct().Count() >= 3, string.Join(' ', brightest));
        Assert.Equal(draws[3], Complete(Pictures, row, settings with { Draw = 3 }, [1]).Values);
    }

    [Fact]
    public void The_same_seed_trains_the_same_bits_and_an_archive_keeps_them()
    {
        GenerativeSnapshot again = Train(Stripes(400, seed: 1), TargetPropVisibleUnits.Logistic, Settings with { ImageWidth = 4 });
        using var stream = new MemoryStream();
        GenerativeArchive.Write(stream, again);
        stream.Position = 0;
        GenerativeSnapshot loaded = GenerativeArchive.Read(stream);
        using Tensor rows = WithGaps(Stripes(5, seed: 4), 0.5, seed: 5);

        (float[] values, float[] deviations) = Complete(Pictures, rows, new(), Keys(rows));
        (float[] valuesOfLoaded, float[] deviationsOfLoaded) = Complete(loaded, rows, new(), Keys(rows));
        Assert.Equal(values, valuesOfLoaded);
        Assert.Equal(deviations, deviationsOfLoaded);
        Assert.Equal(Pictures.Completion!.StepScale, loaded.Completion!.StepScale);
        Assert.Equal(4, loaded.Completion.ImageWidth);
    }

    [Fact]
    public void A_picture_with_columns_beside_it_is_kept_in_the_archive()
    {
        GenerativeSnapshot model = Train(Stripes(50, seed: 1), TargetPropVisibleUnits.Logistic, Settings with { MaxEpochs = 2, ImageWidth = 4, ImageHeight = 3 });
        using var stream = new MemoryStream();
        GenerativeArchive.Write(stream, model);
        stream.Position = 0;

        CompletionSnapshot loaded = GenerativeArchive.Read(stream).Completion!;

        Assert.Equal((4, 3), (loaded.ImageWidth, loaded.ImageHeight));
    }

    [Fact]
    public void Validation_rows_are_measured_after_every_epoch_stop_training_early_and_change_nothing_that_is_learned()
    {
        using Tensor rows = GaussianRows(60, seed: 3), others = GaussianRows(200, seed: 4);
        CompletionTrainingSettings settings = Settings with { MaxEpochs = 100, LearningRate = 0.02 };
        GenerativeSnapshot layers = Gaussian with { Completion = null };
        List<TargetPropCompletionEpochMetrics> Run(int patience, Tensor? validation, out CompletionSnapshot maps)
        {
            var epochs = new List<TargetPropCompletionEpochMetrics>();
            maps = CompletionTrainer.Run(layers, rows, settings with { EarlyStoppingPatience = patience }, epochs.Add, () => { }, validation).Completion!;
            return epochs;
        }

        Run(0, null, out CompletionSnapshot without);
        List<TargetPropCompletionEpochMetrics> all = Run(0, others, out CompletionSnapshot with);
        List<TargetPropCompletionEpochMetrics> some = Run(3, others, out CompletionSnapshot stopped);

        Assert.Equal(without.Refill[0].Weight, with.Refill[0].Weight);
        Assert.Equal(100, all.Count);
        Assert.All(all, e => Assert.InRange(e.ValidationError!.Value, 0.01, 2));
        int best = some.MinBy(e => e.ValidationError)!.Epoch;
        Assert.Equal(best + 3, some.Count);
        Assert.InRange(some.Count, 4, 99);
        Assert.Equal(all.Take(some.Count).Select(e => e.ValidationError), some.Select(e => e.ValidationError));
        Assert.NotEqual(with.Refill[0].Weight, stopped.Refill[0].Weight);
    }

    [Fact]
    public void A_training_that_stops_early_gives_back_every_tensor()
    {
        using Tensor rows = GaussianRows(60, seed: 3), others = GaussianRows(50, seed: 4);
        GenerativeSnapshot layers = Gaussian with { Completion = null };
        ThreadDisposeScopeStatistics counts = DisposeScopeManager.Statistics;
        long before = counts.ThreadTotalLiveCount;

        CompletionTrainer.Run(layers, rows, Settings with { MaxEpochs = 100, LearningRate = 0.02, EarlyStoppingPatience = 1 }, null, () => { }, others);

        Assert.Equal(before, counts.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_sample_alone_does_not_compute_the_expected_value()
    {
        using Tensor rows = WithGaps(GaussianRows(5, seed: 4), 0.5, seed: 5);
        using GenerativeNetwork network = GenerativeNetwork.FromSnapshot(Gaussian, CPU);
        long Created(TargetPropInpaintingOutput output, bool deviations) => LiveTensors.CountCreated(() =>
        {
            using var scope = NewDisposeScope();
            IterativeCompletion.Run(network, Gaussian, rows, new() { Output = output, WithDeviations = deviations }, Keys(rows));
        });

        long deviations = Created(TargetPropInpaintingOutput.ExpectedValue, true) - Created(TargetPropInpaintingOutput.ExpectedValue, false);
        long sampleDeviations = Created(TargetPropInpaintingOutput.Sample, true) - Created(TargetPropInpaintingOutput.Sample, false);

        // Only the deviations of a sample need the expected value, so the sample without them costs less by that computation too.
        Assert.True(sampleDeviations > deviations + 10, $"{sampleDeviations} {deviations}");
    }

    [Fact]
    public void Training_that_diverges_names_epoch_step_and_rate()
    {
        using Tensor rows = GaussianRows(60, seed: 3);

        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(
            () => CompletionTrainer.Run(Gaussian with { Completion = null }, rows, Settings with { LearningRate = 1e38 }, null, () => { }));

        Assert.StartsWith("Training on masked rows diverged in epoch 1, step 2: the error of completed entries is NaN.", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Lower LearningRate (now 1E+38).", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    public void Few_rows_train_and_complete_with_finite_numbers(int rows)
    {
        GenerativeSnapshot model = Train(GaussianRows(rows, seed: 3), TargetPropVisibleUnits.Gaussian, Settings with { MaxEpochs = 2 });
        using Tensor gaps = WithGaps(GaussianRows(10, seed: 4), 0.5, seed: 5);

        (float[] values, float[] deviations) = Complete(model, gaps, new(), Keys(gaps));

        Assert.All(values.Concat(deviations), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Training_and_completing_give_back_every_tensor()
    {
        ThreadDisposeScopeStatistics counts = DisposeScopeManager.Statistics;
        long before = counts.ThreadTotalLiveCount;

        GenerativeSnapshot model = Train(GaussianRows(50, seed: 3), TargetPropVisibleUnits.Gaussian, Settings with { MaxEpochs = 2 });
        using (Tensor rows = GaussianRows(3, seed: 2))
        {
            using Tensor gaps = WithGaps(rows, 0.5, seed: 5);
            Complete(model, gaps, new() { Output = TargetPropInpaintingOutput.Sample }, [1, 2, 3]);
        }

        Assert.Equal(before, counts.ThreadTotalLiveCount);
    }
}
