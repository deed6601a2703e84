using System.Diagnostics;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Autoencoder;

/// <summary>Trains a stacked auto-encoder from the bottom up: each layer pair on the codes of the finished one below (algorithms, §4).</summary>
/// <param name="settings">What to do.</param>
/// <param name="onEpoch">Told of every epoch when it ends; what it throws ends training.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
internal sealed class AutoencoderTraining(AutoencoderSettings settings, Action<TargetPropFeaturizerEpochMetrics>? onEpoch, Action checkAlive)
{
    private const int RowsAtOnce = 1000;

    /// <param name="shape">The layers.</param>
    /// <param name="standardization">What <paramref name="rows"/> were standardised with; kept in the model.</param>
    /// <param name="rows">Standardised features, <c>[rows, columns]</c>; left alone.</param>
    /// <exception cref="TrainingDivergedException">The reconstruction error is no longer a number.</exception>
    public AutoencoderSnapshot Run(AutoencoderShape shape, Standardization? standardization, Tensor rows)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var random = new RandomSource(settings.Seed, rows.device);
        var (encoders, decoders) = (new List<MapSnapshot>(), new List<MapSnapshot>());
        var clock = Stopwatch.StartNew();
        var input = rows;
        for (var layer = 1; layer <= shape.Layers; layer++)
        {
            using var encoder = new ParameterBuffer([shape.Encoders()[layer - 1]], rows.device);
            using var decoder = new ParameterBuffer([shape.Decoders()[layer - 1]], rows.device);
            NetworkInitializer.Initialize(encoder.Maps.Concat(decoder.Maps), random);
            Train(layer, encoder, decoder, input, random, clock);
            encoders.AddRange(encoder.ToMaps());
            decoders.AddRange(decoder.ToMaps());
            if (layer < shape.Layers)
                input = Codes(encoder.Maps[0], input);
        }
        return new(shape, standardization, encoders, decoders);
    }

    private void Train(int layer, ParameterBuffer encoder, ParameterBuffer decoder, Tensor rows, RandomSource random, Stopwatch clock)
    {
        using var encoderUpdate = encoder.NewLike();
        using var decoderUpdate = decoder.NewLike();
        using var encoderOptimizer = new Adam(encoder, encoderUpdate, weightDecay: 0);
        using var decoderOptimizer = new Adam(decoder, decoderUpdate, weightDecay: 0);
        var count = rows.shape[0];
        var steps = (count + settings.BatchSize - 1) / settings.BatchSize * settings.MaxEpochs;
        var done = 0L;
        for (var epoch = 1; epoch <= settings.MaxEpochs; epoch++)
        {
            var squares = 0.0;
            using var order = tensor(random.Permutation(count), device: rows.device);
            for (var start = 0L; start < count; start += settings.BatchSize)
            {
                checkAlive();
                using var scope = NewDisposeScope();
                var input = rows.index_select(0, order.narrow(0, start, Math.Min(settings.BatchSize, count - start)));
                var read = settings.InputNoise > 0 ? random.Disturbed(input, settings.InputNoise) : input;
                var code = encoder.Maps[0].Apply(read);
                var reconstruction = decoder.Maps[0].Apply(code);
                var lack = input.sub(reconstruction);
                squares += lack.mul_(lack).sum().ToDouble();
                var target = AutoencoderLearning.TargetCode(encoder.Maps[0], read, input, reconstruction);
                AutoencoderLearning.Encoder(encoderUpdate.Maps[0], code, target, read);
                AutoencoderLearning.Decoder(decoder.Maps[0], decoderUpdate.Maps[0], random.Disturbed(code, settings.CodeNoise), input);
                var factor = LearningRateSchedule.Factor(settings.Schedule, done++, steps);
                encoderOptimizer.Step(settings.LearningRate * factor);
                decoderOptimizer.Step(settings.DecoderLearningRate * factor);
            }
            var error = squares / (count * rows.shape[1]);
            if (!double.IsFinite(error))
                throw new TrainingDivergedException($"Training diverged in layer {layer}, epoch {epoch}: the reconstruction error is {error}. Lower LearningRate or DecoderLearningRate.");
            onEpoch?.Invoke(new(layer, epoch, settings.MaxEpochs, error, clock.Elapsed));
        }
    }

    private static Tensor Codes(LayerMap encoder, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var blocks = new List<Tensor>();
        for (var start = 0L; start < rows.shape[0]; start += RowsAtOnce)
        {
            using var block = rows.narrow(0, start, Math.Min(RowsAtOnce, rows.shape[0] - start));
            blocks.Add(encoder.Apply(block));
        }
        return cat(blocks).MoveToOuterDisposeScope();
    }
}
