using TorchSharp;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>One step of learning on one mini-batch, with the buffers and optimisers that it needs.</summary>
internal sealed class ClassifierStep : IDisposable
{
    private readonly TargetPropNetwork _network;
    private readonly ClassifierSettings _settings;
    private readonly LearningRule _rule;
    private readonly FeedbackLearning? _feedbackLearning;
    private readonly RandomSource _random;
    private readonly TrainingInputs _inputs;
    private readonly ParameterBuffer _forwardUpdates;
    private readonly ParameterBuffer _feedbackUpdates;
    private readonly Optimizer _forwardOptimizer;
    private readonly Optimizer _feedbackOptimizer;
    private readonly long _largestMap;
    private long _steps;

    public ClassifierStep(TargetPropNetwork network, ClassifierSettings settings, RandomSource random, bool readsSparseRows = false)
    {
        _network = network;
        _settings = settings;
        _random = random;
        _inputs = new(settings, network);
        _rule = LearningRule.Of(settings.Rule);
        _feedbackLearning = network.Feedback.Count > 0 ? settings.NewFeedbackLearning() : null;
        _forwardUpdates = network.ForwardParameters.NewLike(readsSparseRows);
        _feedbackUpdates = network.FeedbackParameters.NewLike();
        _largestMap = _forwardUpdates.Maps.Where(m => m.Sparse is null).Max(m => m.Shape.Parameters);
        _forwardOptimizer = Optimizer.Of(settings.Optimizer, network.ForwardParameters, _forwardUpdates, settings.WeightDecay);
        _feedbackOptimizer = Optimizer.Of(settings.Optimizer, network.FeedbackParameters, _feedbackUpdates, settings.FeedbackWeightDecay ?? settings.WeightDecay);
    }

    /// <summary>
    /// Learns from one batch, docs/algorithm.md (2.5): a forward pass; the feedback maps learn; the rule computes the update of every forward map;
    /// the forward maps move.
    /// </summary>
    /// <param name="batch">The batch, before augmentation, noise and dropout.</param>
    /// <param name="rateFactor">The schedule's factor on both learning rates.</param>
    /// <param name="layerLosses">Receives the layer losses, or null.</param>
    /// <param name="reconstructionLosses">Receives the reconstruction losses, or null.</param>
    /// <returns>The forward pass of the batch, made before anything changed.</returns>
    public ForwardPass Run(Batch batch, double rateFactor, LossMeter? layerLosses, LossMeter? reconstructionLosses)
    {
        using var threads = WorkSharing.OneThreadFor(batch.Rows * _largestMap);
        var inputs = _inputs.Apply(batch, _random);
        if (inputs.Sparse is { } rows)
            _forwardUpdates.Maps[0].Sparse!.Rows = rows;
        var pass = ForwardPass.Run(_network, inputs, _settings.Dropout, _random, _settings.LabelSmoothing);
        TrackNormalization(pass);
        for (var k = 0; _feedbackLearning is not null && _steps % _settings.FeedbackInterval == 0 && k < _settings.FeedbackSteps; k++)
        {
            _feedbackLearning.ComputeUpdates(pass, _random, _feedbackUpdates, reconstructionLosses);
            _feedbackOptimizer.Step(_settings.FeedbackLearningRate * rateFactor);
        }
        _rule.ComputeUpdates(pass, _settings.TargetStep, _forwardUpdates, layerLosses);
        _forwardOptimizer.Step(_settings.LearningRate * rateFactor);
        _steps++;
        return pass;
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _forwardOptimizer.Dispose();
        _feedbackOptimizer.Dispose();
        _forwardUpdates.Dispose();
        _feedbackUpdates.Dispose();
    }

    private void TrackNormalization(ForwardPass pass)
    {
        // A single row has no variance.
        for (var i = 0; pass.Batch.Rows > 1 && i < _network.Normalization.Count; i++)
            _network.Normalization[i].Track(pass.Normalized[i + 1]!.Mean, pass.Normalized[i + 1]!.Scale);
    }
}

/// <summary>
/// The way of a training batch into the network: pictures are moved, features are encoded, noise is added, inputs are dropped. Pictures move
/// first, because the encoding gives every pixel a scale of its own.
/// </summary>
internal sealed class TrainingInputs : IDisposable
{
    private readonly ImageWarp? _warp;
    private readonly ColumnEncoding? _encoding;
    private readonly bool _areRaw;
    private readonly double _noise;
    private readonly double _dropout;

    /// <param name="settings">Augmentation, noise and dropout of the inputs.</param>
    /// <param name="network">The network whose inputs the rows become.</param>
    public TrainingInputs(ClassifierSettings settings, TargetPropNetwork network)
    {
        (_noise, _dropout) = (settings.InputNoise, settings.InputDropout);
        if (settings.Augmentation is not { } augmentation)
            return;
        _areRaw = true;
        _warp = augmentation.IsIdentity ? null : new(augmentation, augmentation.HeightIn(network.Encoding?.Columns ?? network.Shape.InputUnits)!.Value, network.Device);
        _encoding = network.Encoding;
    }

    /// <summary>The batch as the network reads it in training.</summary>
    /// <param name="batch">Raw features when there is an augmentation, encoded features otherwise.</param>
    /// <param name="random">Draws moves, noise and dropped inputs.</param>
    public Batch Apply(Batch batch, RandomSource random) => Corrupt(_areRaw ? Augment(batch, random) : batch, _noise, _dropout, random);

    /// <summary>Adds Gaussian noise, then drops inputs with the given probability and scales the others up.</summary>
    public static Batch Corrupt(Batch batch, double noise, double dropout, RandomSource random)
    {
        if (batch.Sparse is { } rows)
            return dropout > 0 ? batch with { Sparse = rows.Drop(dropout, random) } : batch;
        var features = batch.Features;
        if (noise > 0)
            features = random.WithNoise(features, noise);
        if (dropout > 0)
            features = features.mul(random.DropoutMask(features, dropout));
        return batch with { Features = features };
    }

    public void Dispose() => _warp?.Dispose();

    private Batch Augment(Batch batch, RandomSource random)
    {
        var features = _warp?.Apply(batch.Features, random) ?? batch.Features;
        return batch with { Features = _encoding?.Encode(features, features.device) ?? features };
    }
}
