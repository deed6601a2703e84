using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Learning from the changes along the E-step.</summary>
public sealed class IncrementsTests
{
    [Fact]
    public void The_update_is_the_sum_over_the_path_of_change_times_presynaptic_activity()
    {
        using var scope = NewDisposeScope();
        using var updates = new ParameterBuffer([new LayerMapShape(0, 1, 1, 1, Activation.Identity)], CPU);
        (double From, double To, double Read)[] path = [(0.1, 0.3, 2), (0.3, 0.2, -1), (0.2, 0.6, 3)];

        LocalMaximization.Increments(updates.Maps[0], path.Select(p => (tensor(new[,] { { (float)(p.To - p.From) } }), tensor(new[,] { { (float)p.Read } }))));

        // An optimiser subtracts it.
        Assert.Equal(-(0.2 * 2 + -0.1 * -1 + 0.4 * 3), updates.Maps[0].Weight.ToDouble(), 1e-6);
        Assert.Equal(-(0.2 - 0.1 + 0.4), updates.Maps[0].Bias.ToDouble(), 1e-6);
    }

    [Fact]
    public void Increments_along_the_path_teach_the_model_to_generate()
    {
        using var scope = NewDisposeScope();
        var random = new Random(5);
        float[,] rows = new float[200, 4];
        for (int r = 0; r < 200; r++)
        {
            double a = random.NextDouble();
            for (int c = 0; c < 4; c++)
                rows[r, c] = (float)((c % 2 == 0 ? a : 1 - a) + 0.02 * random.NextDouble());
        }
        GenerativeShape shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Gaussian, 4)], [6], TargetPropActivation.Tanh);
        GenerativeSettings settings = new() { MaxEpochs = 20, BatchSize = 20, LearningRate = 0.01, Seed = 1, Inference = new(5), Maximization = TargetPropMaximization.Increments };

        GenerativeResult result = GenerativeTrainer.Run(shape, tensor(rows), settings, null, () => { });

        Assert.True(result.Epochs[^1].ReconstructionError < 0.2, $"{result.Epochs[0].ReconstructionError} {result.Epochs[^1].ReconstructionError}");
    }
}
