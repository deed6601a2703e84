using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>What the target propagation trainers have in common; every default works untouched.</summary>
/// <remarks>
/// A value out of range throws <see cref="ArgumentOutOfRangeException"/> when the trainer is built, with the option, the value and the
/// allowed range in its message. Learning rates, target step and noises are on the scale of standardised features and of units.
/// </remarks>
public abstract class TargetPropOptions : TrainerInputBaseWithWeight
{
    internal TargetPropOptions() { }

    /// <summary>
    /// Units of each hidden layer, from the input up: 1 to 50 layers of 1 to 16,777,216 units. Null, the default, takes three layers of
    /// 500 from 10,000 training rows on, and two of 100 below.
    /// </summary>
    public int[]? HiddenUnits;

    /// <summary>
    /// Activation of the hidden units. Null, the default, takes <see cref="TargetPropActivation.Tanh"/>, the published one, and
    /// <see cref="TargetPropActivation.Sigmoid"/> where <see cref="Units"/> are stochastic; other <see cref="Units"/> than continuous ones
    /// allow no other. All of them work with every learning rule. Under
    /// <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/> and with seven hidden layers,
    /// <see cref="TargetPropActivation.Tanh"/> did best and <see cref="TargetPropActivation.Elu"/> worst of the four that were measured
    /// (docs/algorithm.md has the figures).
    /// </summary>
    public TargetPropActivation? Activation;

    /// <summary>
    /// What hidden units send to the hidden layer above and into their feedback maps: their activity, or values of which there are few;
    /// default <see cref="TargetPropUnits.Continuous"/>. All others need two hidden layers or more, and a learning rule that takes no
    /// derivative of what is sent: <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/>. (Or
    /// <see cref="TargetPropLearningRule.StraightThrough"/>, which makes one up.)
    /// </summary>
    public TargetPropUnits Units = TargetPropUnits.Continuous;

    /// <summary>
    /// k of <see cref="TargetPropUnits.Quantized"/>, the levels that a unit can send, 2 to 65,536; default 4, two bits. Other
    /// <see cref="Units"/> do not use it.
    /// </summary>
    public int QuantizationLevels = 4;

    /// <summary>
    /// Passes through a network of <see cref="TargetPropUnits.Stochastic"/> units whose class probabilities a prediction averages, 1 to
    /// 10,000; default 30. Scoring takes as many times longer. Other <see cref="Units"/> do not use it.
    /// </summary>
    public int PredictionPasses = 30;

    /// <summary>
    /// Seed of the prediction passes of <see cref="TargetPropUnits.Stochastic"/> units. Null, the default, takes the seed of training. It is
    /// part of the model, and all rows share its random numbers: a row's score does not depend on when, how often, or with which other
    /// rows it is scored.
    /// </summary>
    public int? PredictionSeed;

    /// <summary>How layers are told what to change; default <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/>.</summary>
    public TargetPropLearningRule LearningRule = TargetPropLearningRule.DifferenceTargetPropagation;

    /// <summary>
    /// How feedback maps learn, under a <see cref="LearningRule"/> that has some which do; default
    /// <see cref="TargetPropFeedbackLearning.Automatic"/>, what the rule was published with. A pair that makes no sense is refused, with the
    /// reason, when the trainer is built.
    /// </summary>
    public TargetPropFeedbackLearning FeedbackLearning = TargetPropFeedbackLearning.Automatic;

    /// <summary>
    /// Most passes over the training rows, 1 or more. Null, the default, takes 32, and on small data up to 200, so that there are about
    /// 3,000 steps.
    /// </summary>
    public int? MaxEpochs;

    /// <summary>
    /// Rows of a mini-batch, 1 or more; the last of an epoch may have fewer. Null, the default, takes 128 from 6,400 training rows on,
    /// and down to 16 below. Targets do not depend on it.
    /// </summary>
    public int? BatchSize;

    /// <summary>
    /// Learning rate of the forward maps, above 0. Null, the default, takes a number divided by the units of the widest hidden layer, at most
    /// 0.01, that suits <see cref="TargetPropOptimizer.Adam"/> and the <see cref="LearningRule"/>: 0.35 for difference target propagation and
    /// back-propagation (0.0007 for 500 units), more for the others (docs/algorithm.md). For
    /// <see cref="TargetPropUnits.Stochastic"/> units it takes 0.8 divided by that (0.004 for 200 units). With more than three hidden layers,
    /// <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/> takes three over the number of layers of it.
    /// </summary>
    public double? LearningRate;

    /// <summary>
    /// Learning rate of the feedback maps, 0 or more. Null, the default, takes 0.5 divided by the units of the widest hidden layer, at most
    /// 0.01 (0.001 for 500 units), twice that for <see cref="TargetPropLearningRule.TargetPropagation"/>, and 2.4 times with
    /// <see cref="TargetPropFeedbackLearning.LocalDifferenceReconstruction"/>; and less of it in deep networks, as for the forward maps. 0 leaves them as they were drawn. Not used where feedback does not learn.
    /// </summary>
    public double? FeedbackLearningRate;

    /// <summary>
    /// η0, the length of the gradient step that gives the last hidden layer (or, under the rules that start there, the output) its target,
    /// above 0; null, the default, for what suits the rule (0.5 for <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/>). For
    /// <see cref="Units"/> that are discrete it takes 2, for stochastic ones 1. Per row: it does not depend on the batch size. (Published code steps on the mean over 100 rows; divide its values by 100.)
    /// </summary>
    public double? TargetStep;

    /// <summary>
    /// σ, the standard deviation of the noise on activities that feedback maps learn from, 0 or more; null, the default, for what suits the
    /// rule (0.2 for <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/>).
    /// </summary>
    public double? FeedbackNoise;

    /// <summary>
    /// Feedback maps learn at every k-th step, k 1 or more. Null, the default, takes 2 from 10,000 training rows on under
    /// <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/>, where the time is better spent on more epochs, and 1 otherwise.
    /// </summary>
    public int? FeedbackInterval;

    /// <summary>
    /// Steps that feedback maps take on a mini-batch whenever they learn, each with noise of its own, 1 or more. Null, the default, for
    /// what suits <see cref="FeedbackLearning"/>.
    /// </summary>
    public int? FeedbackSteps;

    /// <summary>
    /// <see cref="WeightDecay"/> of the feedback maps alone. Null, the default, takes that of the forward maps, and what suits the loss with
    /// <see cref="TargetPropFeedbackLearning.DifferenceReconstruction"/>, which needs some.
    /// </summary>
    public double? FeedbackWeightDecay;

    /// <summary>Default <see cref="TargetPropOptimizer.Adam"/>. The learning rates above are meant for it.</summary>
    public TargetPropOptimizer Optimizer = TargetPropOptimizer.Adam;

    /// <summary>Default <see cref="TargetPropSchedule.Cosine"/>.</summary>
    public TargetPropSchedule Schedule = TargetPropSchedule.Cosine;

    /// <summary>
    /// Decoupled weight decay: at each step, weights (not biases) shrink by this times the learning rate. 0 or more, and below 1 when
    /// multiplied by the learning rate. Null, the default, tries 0, 0.3 and 3 on a quarter of the training rows, held out at random, and
    /// takes what gives the lowest log-loss, when there are 20 to 9,999 training rows and <see cref="MaxEpochs"/> is null too; otherwise it
    /// takes 0. Below 1,000 rows each is tried on two such quarters. (So <c>Fit</c> trains three or six times more; a value saves that.)
    /// </summary>
    public double? WeightDecay;

    /// <summary>
    /// Standard deviation of Gaussian noise on the network's inputs during training, 0 or more. It acts on the standardised features when
    /// <see cref="StandardizeFeatures"/> is on, where 1 is a column's own spread, and on the raw ones otherwise. Null, the default, takes
    /// 0.6 √(columns / 784), at most 0.6, on standardised features (0.04 for 4 columns: noise averages out over many columns and drowns a
    /// few), and none on raw ones or with <see cref="Augmentation"/>: pictures that are never twice the same need no noise as well.
    /// </summary>
    public double? InputNoise;

    /// <summary>
    /// For features that are the pixels of a picture: how pictures are moved, turned, scaled and bent during training, before anything
    /// else is done to them. Null, the default, leaves them as they are.
    /// </summary>
    public TargetPropImageAugmentation? Augmentation;

    /// <summary>
    /// Probability that an input of the network is set to zero in a training step, the rest being scaled up; in [0, 1), default 0.
    /// </summary>
    public double InputDropout;

    /// <summary>
    /// Probability that a hidden unit sends nothing up in a training step, the rest being scaled up; in [0, 1), default 0. A unit that
    /// sent nothing does not learn in that step.
    /// </summary>
    public double Dropout;

    /// <summary>
    /// Label smoothing: part of every training label that is spread evenly over all classes, in [0, 1); default 0.01. Without it a network
    /// that is right about a row goes on to raise its certainty, at the cost of rows that it has not seen. More of it makes probabilities
    /// too cautious. Losses are reported against the labels as they are.
    /// </summary>
    public double LabelSmoothing = 0.01;

    /// <summary>
    /// Whether every feature is centred on its mean over the training rows, divided by its spread there, and held to ±5; default true.
    /// The spread is half the range, but at least one and at most four standard deviations. What was learned is part of the model, so
    /// nothing needs to be normalised before the trainer. Constant columns become 0. Where columns outnumber the training rows, so do
    /// those that tell no more about the classes, each on its own, than they would by chance.
    /// </summary>
    public bool StandardizeFeatures = true;

    /// <summary>
    /// Seed of everything random in training. Null, the default, draws one from the <see cref="MLContext"/>'s own seed when the trainer is
    /// built. The same seed and data on the same machine give the same model, bit for bit.
    /// </summary>
    public int? Seed;

    /// <summary>
    /// Rows to validate with after every epoch; same columns as the training data. Null, the default, for none. Passing validation data to
    /// <c>Fit</c> takes precedence.
    /// </summary>
    public IDataView? ValidationSet;

    /// <summary>
    /// Part of the training rows to set aside at random and validate with, in [0, 1); default 0. Not together with
    /// <see cref="ValidationSet"/> or validation data passed to <c>Fit</c>.
    /// </summary>
    public double ValidationFraction;

    /// <summary>
    /// Training stops when this many epochs in a row brought no lower validation loss, and the best epoch's network is kept. 0, the default,
    /// for never. Needs validation rows.
    /// </summary>
    public int EarlyStoppingPatience;

    /// <summary>Called at the end of every epoch, on the training thread; what it throws ends the training.</summary>
    public Action<TargetPropEpochMetrics>? EpochCallback;

    /// <summary>
    /// At the end of every epoch, so many training rows, evenly spaced over the data, show what is going on inside the network: see
    /// <see cref="TargetPropEpochMetrics.Diagnostics"/>. 0 or more; 0, the default, for no look. The trained model is the same, bit for bit.
    /// A look at 64 rows took 0.5 to 0.9 s with three layers of 500 units, on 2 cores.
    /// </summary>
    public int DiagnosticsRows;

    /// <summary>
    /// Ends the training, before its next step, with an <see cref="OperationCanceledException"/>; default: never. No model comes out.
    /// </summary>
    public CancellationToken CancellationToken;

    /// <summary>A copy that later changes of this object do not reach: a trainer has the options that were checked when it was built.</summary>
    internal TargetPropOptions Copy()
    {
        var copy = (TargetPropOptions)MemberwiseClone();
        copy.HiddenUnits = (int[]?)HiddenUnits?.Clone();
        return copy;
    }
}
