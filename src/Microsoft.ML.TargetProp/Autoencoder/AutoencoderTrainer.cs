using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Autoencoder;

/// <summary>Every choice of an auto-encoder's training.</summary>
internal sealed record AutoencoderSettings : TrainingPlan
{
    /// <summary>Learning rate of the encoders.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Learning rate of the decoders.</summary>
    public required double DecoderLearningRate { get; init; }

    /// <summary>σ of the noise on codes that decoders learn to undo.</summary>
    public required double CodeNoise { get; init; }

    /// <summary>σ of the noise on the input of the encoders.</summary>
    public required double InputNoise { get; init; }

    public required int Seed { get; init; }
}

/// <summary>Trains a stacked auto-encoder from the bottom up: each layer pair on the codes of the finished pair below.</summary>
/// <param name="settings">The choices.</param>
/// <param name="onEpoch">Called at the end of every epoch; an exception ends training.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
internal sealed class AutoencoderTrainer(AutoencoderSettings settings, Action<TargetPropFeaturizerEpochMetrics>? onEpoch, Action checkAlive)
{
    /// <param name="shape">The layers.</param>
    /// <param name="standardization">The standardisation of <paramref name="rows"/>; becomes part of the model.</param>
    /// <param name="rows">Standardised features, <c>[rows, columns]</c>; not changed.</param>
    /// <param name="validation">Standardised features to measure after every epoch, or null.</param>
    /// <exception cref="TrainingDivergedException">The reconstruction error is not finite.</exception>
    public AutoencoderSnapshot Run(AutoencoderShape shape, Standardization? standardization, Tensor rows, Tensor? validation = null)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var random = new RandomSource(settings.Seed, rows.device);
        var (encoders, decoders) = (new List<MapSnapshot>(), new List<MapSnapshot>());
        var clock = Stopwatch.StartNew();
        for (var layer = 1; layer <= shape.Layers; layer++)
        {
            using var pair = new LayerPair(layer, shape, rows, validation, settings, random, clock);
            new TrainingRun(settings, checkAlive, $"Training of layer {layer}").Fit(pair, random, onEpoch);
            encoders.AddRange(pair.Encoder.ToMaps());
            decoders.AddRange(pair.Decoder.ToMaps());
            if (layer < shape.Layers)
                (rows, validation) = (pair.Codes(rows), validation is null ? null : pair.Codes(validation));
        }
        return new(shape, standardization, encoders, decoders);
    }

    /// <summary>One layer pair in training.</summary>
    private sealed class LayerPair : ITrainee<TargetPropFeaturizerEpochMetrics>, IDisposable
    {
        private const int RowsAtOnce = 1000;

        private readonly int _layer;
        private readonly Tensor _rows;
        private readonly Tensor? _validation;
        private readonly AutoencoderSettings _settings;
        private readonly RandomSource _random;
        private readonly Stopwatch _clock;
        private readonly ParameterBuffer _encoderUpdate;
        private readonly ParameterBuffer _decoderUpdate;
        private readonly Adam _encoderOptimizer;
        private readonly Adam _decoderOptimizer;
        private double _squares;
        private long _seen;

        public LayerPair(int layer, AutoencoderShape shape, Tensor rows, Tensor? validation, AutoencoderSettings settings, RandomSource random, Stopwatch clock)
        {
            (_layer, _rows, _validation, _settings, _random, _clock) = (layer, rows, validation, settings, random, clock);
            Encoder = new([shape.Encoders()[layer - 1]], rows.device);
            Decoder = new([shape.Decoders()[layer - 1]], rows.device);
            LayerInitializer.Initialize(Encoder.Maps.Concat(Decoder.Maps), random);
            (_encoderUpdate, _decoderUpdate) = (Encoder.NewLike(), Decoder.NewLike());
            _encoderOptimizer = new(Encoder, _encoderUpdate, weightDecay: 0);
            _decoderOptimizer = new(Decoder, _decoderUpdate, weightDecay: 0);
        }

        public ParameterBuffer Encoder { get; }

        public ParameterBuffer Decoder { get; }

        public long Rows => _rows.shape[0];

        public string? Divergence => double.IsFinite(_squares) ? null : string.Create(CultureInfo.InvariantCulture,
            $"the reconstruction error is {_squares}. Lower LearningRate (now {_settings.LearningRate:G4}) or DecoderLearningRate (now {_settings.DecoderLearningRate:G4}).");

        public void BeginEpoch() => (_squares, _seen) = (0, 0);

        public void Step(in MiniBatch batch)
        {
            var input = _rows.index_select(0, batch.IndexOn(_rows.device));
            var read = _settings.InputNoise > 0 ? _random.WithNoise(input, _settings.InputNoise) : input;
            var (encoder, decoder) = (Encoder.Maps[0], Decoder.Maps[0]);
            var code = encoder.Apply(read);
            var reconstruction = decoder.Apply(code);
            _squares += SquaredError(input, reconstruction);
            _seen += batch.Rows.Length;
            var target = AutoencoderLearning.TargetCode(encoder, read, input, reconstruction);
            AutoencoderLearning.Encoder(_encoderUpdate.Maps[0], code, target, read);
            AutoencoderLearning.Decoder(decoder, _decoderUpdate.Maps[0], _random.WithNoise(code, _settings.CodeNoise), input);
            _encoderOptimizer.Step(_settings.LearningRate * batch.RateFactor);
            _decoderOptimizer.Step(_settings.DecoderLearningRate * batch.RateFactor);
        }

        public (TargetPropFeaturizerEpochMetrics Metrics, double? ValidationLoss) EndEpoch(in EpochEnd end)
        {
            var validationError = _validation is null ? (double?)null : Error(_validation);
            return (new(end with { Elapsed = _clock.Elapsed }, _layer, _squares / (_seen * _rows.shape[1]), validationError), validationError);
        }

        public Action KeepParameters()
        {
            var (encoder, decoder) = (Encoder.ToArray(), Decoder.ToArray());
            return () =>
            {
                Encoder.Load(encoder);
                Decoder.Load(decoder);
            };
        }

        /// <summary>The codes of all rows, <c>[rows, units]</c>.</summary>
        public Tensor Codes(Tensor rows)
        {
            using var scope = NewDisposeScope();
            return cat(Blocks(rows).Select(block => Encoder.Maps[0].Apply(block)).ToList()).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _encoderOptimizer.Dispose();
            _decoderOptimizer.Dispose();
            _encoderUpdate.Dispose();
            _decoderUpdate.Dispose();
            Encoder.Dispose();
            Decoder.Dispose();
        }

        /// <summary>Mean over rows and units of the squared reconstruction error, without noise.</summary>
        private double Error(Tensor rows)
        {
            var squares = 0.0;
            foreach (var block in Blocks(rows))
            {
                using var scope = NewDisposeScope();
                squares += SquaredError(block, Decoder.Maps[0].Apply(Encoder.Maps[0].Apply(block)));
            }
            return squares / rows.numel();
        }

        private static double SquaredError(Tensor input, Tensor reconstruction)
        {
            using var scope = NewDisposeScope();
            var error = input.sub(reconstruction);
            return error.mul_(error).sum().ToDouble();
        }

        private static IEnumerable<Tensor> Blocks(Tensor rows)
        {
            for (var start = 0L; start < rows.shape[0]; start += RowsAtOnce)
            {
                using var block = rows.narrow(0, start, Math.Min(RowsAtOnce, rows.shape[0] - start));
                yield return block;
            }
        }
    }
}

/// <summary>
/// The updates of one layer pair (f, g) of an auto-encoder that learns without back-propagation: f steps towards a target code, and g learns to undo
/// noise on the code. No gradient passes through more than one map.
/// </summary>
internal static class AutoencoderLearning
{
    /// <summary>
    /// The target code h̃ = f(x + (x − g(f(x)))), docs/algorithm.md (7.1): the code of the input, moved by the error of its reconstruction. It is held
    /// constant.
    /// </summary>
    /// <param name="encoder">f.</param>
    /// <param name="read">The input of f: x, or x with noise, <c>[batch, inputs]</c>.</param>
    /// <param name="input">x, <c>[batch, inputs]</c>.</param>
    /// <param name="reconstruction">g(f(read)), <c>[batch, inputs]</c>.</param>
    public static Tensor TargetCode(LayerMap encoder, Tensor read, Tensor input, Tensor reconstruction)
    {
        using var moved = read.Plus(input).sub_(reconstruction);
        return encoder.Apply(moved);
    }

    /// <summary>Writes the gradient of the mean over rows of ‖f(x) − h̃‖² into <paramref name="update"/>, docs/algorithm.md (7.2).</summary>
    /// <param name="update">The update direction of f.</param>
    /// <param name="code">f(read), <c>[batch, codes]</c>.</param>
    /// <param name="target">h̃, <c>[batch, codes]</c>.</param>
    /// <param name="read">The input of f.</param>
    public static void Encoder(LayerMap update, Tensor code, Tensor target, Tensor read)
    {
        using var error = code.sub(target);
        LocalUpdate.SquaredError(update, code, error, read, weights: null);
    }

    /// <summary>Writes the gradient of the mean over rows of ‖g(f(x) + ε) − x‖² into <paramref name="update"/>, docs/algorithm.md (7.3).</summary>
    /// <param name="decoder">g.</param>
    /// <param name="update">The update direction of g.</param>
    /// <param name="disturbed">f(x) + ε, <c>[batch, codes]</c>.</param>
    /// <param name="input">x, <c>[batch, inputs]</c>.</param>
    public static void Decoder(LayerMap decoder, LayerMap update, Tensor disturbed, Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = decoder.Apply(disturbed);
        LocalUpdate.SquaredError(update, output, output.sub(input), disturbed, weights: null);
    }
}
