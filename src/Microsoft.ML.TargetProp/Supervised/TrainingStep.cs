using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// One step of learning on one mini-batch: forward, feedback learns, credit is assigned, every forward map moves
/// (algorithms, §1 steps 1 to 5).
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly TargetPropNetwork _network;
    private readonly LearningSettings _settings;
    private readonly ICreditAssignment _credit;
    private readonly IFeedbackLearning? _feedbackLearning;
    private readonly RandomSource _random;
    private readonly InputAugmentation? _augmentation;
    private readonly ParameterBuffer _forwardUpdates;
    private readonly ParameterBuffer _feedbackUpdates;
    private readonly IOptimizer _forwardOptimizer;
    private readonly IOptimizer _feedbackOptimizer;
    private readonly long _largestMap;
    private long _steps;

    public TrainingStep(TargetPropNetwork network, LearningSettings settings, RandomSource random)
    {
        _network = network;
        _settings = settings;
        _random = random;
        _largestMap = network.Forward.Max(m => m.Shape.Parameters);
        _augmentation = settings.Augmentation is null ? null : new(settings.Augmentation, network);
        _credit = LearningRules.CreditAssignment(settings);
        _feedbackLearning = network.Feedback.Count > 0 ? LearningRules.FeedbackLearning(settings) : null;
        _forwardUpdates = network.ForwardParameters.NewLike();
        _feedbackUpdates = network.FeedbackParameters.NewLike();
        _forwardOptimizer = LearningRules.Optimizer(settings, network.ForwardParameters, _forwardUpdates);
        var feedbackSettings = settings with { WeightDecay = settings.FeedbackWeightDecay ?? settings.WeightDecay };
        _feedbackOptimizer = LearningRules.Optimizer(feedbackSettings, network.FeedbackParameters, _feedbackUpdates);
    }

    /// <summary>Learns from one batch.</summary>
    /// <param name="batch">The batch, before augmentation, noise and dropout.</param>
    /// <param name="rateFactor">The schedule's factor on both learning rates.</param>
    /// <param name="layerLosses">Where layer losses are reported, or null.</param>
    /// <param name="reconstructionLosses">Where reconstruction losses are reported, or null.</param>
    /// <returns>The forward pass of the batch, made before anything changed.</returns>
    public ForwardPass Run(Batch batch, double rateFactor, LossMeter? layerLosses, LossMeter? reconstructionLosses)
    {
        using var threads = OpenMpTeam.OneThreadFor(batch.Rows * _largestMap);
        var seen = _augmentation?.Apply(batch, _random) ?? batch;
        var corrupted = InputCorruption.Apply(seen, _settings.InputNoise, _settings.InputDropout, _random);
        var pass = ForwardPass.Run(_network, corrupted, _settings.Dropout, _random, _settings.LabelSmoothing);
        TrackNormalization(pass);
        for (var k = 0; _feedbackLearning is not null && _steps % _settings.FeedbackInterval == 0 && k < _settings.FeedbackSteps; k++)
        {
            _feedbackLearning.ComputeUpdates(_network, pass, _random, _feedbackUpdates, reconstructionLosses);
            _feedbackOptimizer.Step(_settings.FeedbackLearningRate * rateFactor);
        }
        _credit.ComputeUpdates(_network, pass, _forwardUpdates, layerLosses);
        _forwardOptimizer.Step(_settings.LearningRate * rateFactor);
        _steps++;
        return pass;
    }

    private void TrackNormalization(ForwardPass pass)
    {
        // A single row says nothing of the variance.
        for (var i = 0; pass.Batch.Rows > 1 && i < _network.Normalization.Count; i++)
            _network.Normalization[i].Track(pass.Normalized[i + 1]!.Mean, pass.Normalized[i + 1]!.Scale);
    }

    public void Dispose()
    {
        _augmentation?.Dispose();
        _forwardOptimizer.Dispose();
        _feedbackOptimizer.Dispose();
        _forwardUpdates.Dispose();
        _feedbackUpdates.Dispose();
    }
}
