using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Training with validation rows: the measured error, early stopping, and training that continues from a model.</summary>
public sealed class GenerativeValidationTests
{
    private static readonly GenerativeShape Shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Gaussian, 4)], [12, 3], TargetPropActivation.Tanh);

    private static readonly GenerativeSettings Settings = new()
    {
        MaxEpochs = 30,
        BatchSize = 20,
        LearningRate = 0.01,
        Seed = 5,
        Inference = new(Iterations: 4),
    };

    [Fact]
    public void The_validation_error_of_hidden_entries_falls_below_the_error_of_the_mean()
    {
        using var rows = Rows(300, seed: 1);
        using var others = Rows(200, seed: 2);

        var result = GenerativeTrainer.Run(Shape, rows, Settings, null, () => { }, others);

        // In standardised units, the mean of a column has a squared error of about 1.
        Assert.All(result.Epochs, e => Assert.NotNull(e.ValidationError));
        Assert.InRange(result.Epochs[0].ValidationError!.Value, 0.5, 1.5);
        Assert.InRange(result.Epochs[^1].ValidationError!.Value, 0, 0.5);
        Assert.Equal(30, result.BestEpoch);
    }

    [Fact]
    public void Validation_rows_change_nothing_in_the_model()
    {
        using var rows = Rows(60, seed: 1);
        using var others = Rows(20, seed: 2);
        var settings = Settings with { MaxEpochs = 2 };

        var with = GenerativeTrainer.Run(Shape, rows, settings, null, () => { }, others);
        var without = GenerativeTrainer.Run(Shape, rows, settings, null, () => { });

        Assert.Equal(without.Model.Inference[0].Weight, with.Model.Inference[0].Weight);
        Assert.Equal(without.Model.Generation[1].Weight, with.Model.Generation[1].Weight);
        Assert.Null(without.Epochs[0].ValidationError);
    }

    [Fact]
    public void Training_that_stops_early_keeps_the_best_epoch()
    {
        using var rows = Rows(40, seed: 1);
        using var others = Rows(40, seed: 2);
        var settings = Settings with { MaxEpochs = 200, EarlyStoppingPatience = 3, LearningRate = 0.03, Schedule = TargetPropSchedule.Constant };

        var stopped = GenerativeTrainer.Run(Shape, rows, settings, null, () => { }, others);
        var best = stopped.BestEpoch;
        var untilThen = GenerativeTrainer.Run(Shape, rows, settings with { MaxEpochs = best, EarlyStoppingPatience = 0 }, null, () => { }, others);

        Assert.Equal(best + 3, stopped.Epochs.Count);
        Assert.Equal(stopped.Epochs.MinBy(e => e.ValidationError)!.Epoch, best);
        Assert.Equal(untilThen.Model.Generation[0].Weight, stopped.Model.Generation[0].Weight);
    }

    [Fact]
    public void Training_that_continues_from_a_model_keeps_its_scale()
    {
        using var rows = Rows(200, seed: 1);
        using var shifted = Rows(200, seed: 3).add_(tensor([7f]));
        var first = GenerativeTrainer.Run(Shape, rows, Settings, null, () => { }).Model;

        var further = GenerativeTrainer.Run(first, rows, Settings with { MaxEpochs = 1, LearningRate = 1e-9 }, null, () => { }).Model;
        var elsewhere = GenerativeTrainer.Run(first, shifted, Settings with { MaxEpochs = 1 }, null, () => { }).Model;

        Assert.All(first.Generation[0].Weight.Zip(further.Generation[0].Weight), p => Assert.Equal(p.First, p.Second, 1e-5f));
        Assert.Equal(first.Visible, elsewhere.Visible);
        Assert.NotEqual(first.Generation[0].Weight, elsewhere.Generation[0].Weight);
    }

    [Fact]
    public void A_training_with_validation_leaves_no_tensor_behind()
    {
        using var rows = Rows(60, seed: 1);
        using var others = Rows(1, seed: 2);
        var settings = Settings with { MaxEpochs = 2, EarlyStoppingPatience = 1 };
        GenerativeTrainer.Run(Shape, rows, settings, null, () => { }, others);

        LiveTensors.AssertGivenBack(() => GenerativeTrainer.Run(Shape, rows, settings, null, () => { }, others));
    }

    /// <summary>Four columns. Any one follows from the others. A few entries are missing.</summary>
    private static Tensor Rows(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count, 4];
        for (int i = 0; i < count; i++)
        {
            float a = (float)Support.Tables.Gaussian(random), b = (float)Support.Tables.Gaussian(random);
            (values[i, 0], values[i, 1], values[i, 2], values[i, 3]) = (a, b, a + b, 10 + a - b);
            if (i % 10 == 5)
                values[i, i / 10 % 4] = float.NaN;
        }
        return tensor(values);
    }
}
