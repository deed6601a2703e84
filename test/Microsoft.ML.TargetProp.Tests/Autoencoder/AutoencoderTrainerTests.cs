using Microsoft.ML.TargetProp.Autoencoder;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Autoencoder;

/// <summary>Checks that stacked auto-encoders learn layer by layer, without a gradient through two maps.</summary>
public sealed class AutoencoderTrainerTests
{
    private static readonly AutoencoderSettings Settings = new()
    {
        MaxEpochs = 60,
        BatchSize = 25,
        LearningRate = 0.003,
        DecoderLearningRate = 0.003,
        CodeNoise = 0.1,
        InputNoise = 0,
        Seed = 1,
    };

    [Theory]
    [InlineData(TargetPropActivation.Tanh)]
    [InlineData(TargetPropActivation.Relu)]
    [InlineData(TargetPropActivation.Sigmoid)]
    public void The_reconstruction_error_of_every_layer_falls(TargetPropActivation activation)
    {
        using Tensor rows = Curve(200);
        var epochs = new List<TargetPropFeaturizerEpochMetrics>();

        new AutoencoderTrainer(Settings, epochs.Add, () => { }).Run(new(6, [20, 12], activation), null, rows);

        Assert.Equal(120, epochs.Count);
        foreach (IGrouping<int, TargetPropFeaturizerEpochMetrics> layer in epochs.GroupBy(e => e.Layer))
            Assert.InRange(layer.Last().ReconstructionError, 0, layer.First().ReconstructionError / 3);
    }

    [Fact]
    public void A_trained_encoder_reconstructs_better_than_a_random_encoder()
    {
        // Six columns depend on two hidden causes. With a code of two units, the decoder needs an encoder that has found both causes.
        using Tensor rows = Curve(200);
        double Error(double rate)
        {
            double last = 0;
            new AutoencoderTrainer(Settings with { LearningRate = rate, MaxEpochs = 150 }, e => last = e.ReconstructionError, () => { })
                .Run(new(6, [2], TargetPropActivation.Tanh), null, rows);
            return last;
        }

        Assert.InRange(Error(rate: 0.003), 0, 0.8 * Error(rate: 1e-9));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_gives_others()
    {
        using Tensor rows = Curve(100);
        float[] Weights(int seed) => new AutoencoderTrainer(Settings with { MaxEpochs = 2, Seed = seed, InputNoise = 0.3 }, null, () => { })
            .Run(new(6, [5, 3], TargetPropActivation.Relu), null, rows).Encoders[1].Weight;

        Assert.Equal(Weights(1), Weights(1));
        Assert.NotEqual(Weights(1), Weights(2));
    }

    [Fact]
    public void The_message_for_a_divergence_names_the_rate()
    {
        using Tensor rows = Curve(100);
        var error = Assert.Throws<TrainingDivergedException>(() =>
            new AutoencoderTrainer(Settings with { DecoderLearningRate = 1e30, LearningRate = 1e30 }, null, () => { }).Run(new(6, [5], TargetPropActivation.Relu), null, rows));

        Assert.Contains("Lower LearningRate (now 1E+30) or DecoderLearningRate (now 1E+30).", error.Message);
    }

    [Fact]
    public void A_model_from_an_archive_gives_the_same_codes()
    {
        using Tensor rows = Curve(50);
        AutoencoderSnapshot model = new AutoencoderTrainer(Settings with { MaxEpochs = 1 }, null, () => { })
            .Run(new(6, [5, 3], TargetPropActivation.Elu), new([1, 2, 3, 4, 5, 6], [1, 1, 0, 2, 2, 2]), rows);
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
            AutoencoderArchive.Write(writer, model);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        AutoencoderSnapshot loaded = AutoencoderArchive.Read(reader);

        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var before = new AutoencoderNetwork(model, CPU);
        using var after = new AutoencoderNetwork(loaded, CPU);
        Tensor code = before.Encode(rows)[^1];
        Assert.True(code.equal(after.Encode(rows)[^1]).all().ToBoolean());
        Assert.True(before.Decode(code).equal(after.Decode(code)).all().ToBoolean());
    }

    /// <summary>Rows of six columns that depend non-linearly on two hidden causes.</summary>
    private static Tensor Curve(int rows)
    {
        var random = new Random(2);
        var values = new float[rows * 6];
        for (int r = 0; r < rows; r++)
        {
            double a = 2 * random.NextDouble() - 1, b = 2 * random.NextDouble() - 1;
            double[] row = [a, b, a + b, a - b, a * b, Math.Sin(2 * a)];
            for (int c = 0; c < 6; c++)
                values[r * 6 + c] = (float)row[c];
        }
        return tensor(values, [rows, 6]);
    }
}
