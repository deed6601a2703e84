using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The options that all target propagation trainers share. Every default works untouched; docs/options.md lists all of them.
/// </summary>
/// <remarks>
/// A value out of range throws <see cref="ArgumentOutOfRangeException"/> when the trainer is built. The message names the option, its value and
/// the allowed range. An option that is null is chosen from the data. Learning rates, steps and noises are on the scale of standardised
/// features and of activities.
/// </remarks>
public abstract class TargetPropOptions : TrainerInputBaseWithWeight
{
    internal TargetPropOptions() { }

    /// <summary>
    /// Number of units in each hidden layer, from the input up: 1 to 50 layers of 1 to 16,777,216 units. Null, the default: on a table, [64, 64]
    /// for classes below 2,000 training rows, otherwise [128, 128]; on wide, sparse rows such as text [16]; on others, such
    /// as pictures, [500, 500, 500] from 10,000 training rows on, [100, 100] below. A table has at most 1,000 columns, at most 100
    /// of more than two values, and no more columns than rows.
    /// </summary>
    public int[]? HiddenUnits;

    /// <summary>
    /// Activation function of the hidden units. Null, the default: <see cref="TargetPropActivation.Sigmoid"/> where <see cref="UnitType"/> is
    /// <see cref="TargetPropUnitType.Stochastic"/>; <see cref="TargetPropActivation.Relu"/> in three quarters of the networks for classes of a table
    /// below 2,000 training rows; otherwise <see cref="TargetPropActivation.Tanh"/>. Only
    /// <see cref="TargetPropUnitType.Continuous"/> units allow another one. docs/algorithm.md compares them.
    /// </summary>
    public TargetPropActivation? Activation;

    /// <summary>
    /// The values that hidden units send to the next hidden layer and to their feedback maps; default <see cref="TargetPropUnitType.Continuous"/>,
    /// the activity itself. The other types need at least two hidden layers and a learning rule that needs no derivative of what is sent:
    /// <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/>, <see cref="TargetPropLearningRule.TargetPropagation"/> (not for
    /// stochastic units) or <see cref="TargetPropLearningRule.StraightThrough"/>, which replaces the derivative.
    /// </summary>
    public TargetPropUnitType UnitType = TargetPropUnitType.Continuous;

    /// <summary>
    /// The number of levels that a <see cref="TargetPropUnitType.Quantized"/> unit can send, 2 to 65,536; default 4. Other unit types ignore it.
    /// </summary>
    public int QuantizationLevels = 4;

    /// <summary>
    /// The number of passes that a prediction averages over where units are <see cref="TargetPropUnitType.Stochastic"/>, 1 to 10,000; default 30.
    /// The time of scoring grows in proportion. Other unit types ignore it.
    /// </summary>
    public int PredictionPasses = 30;

    /// <summary>
    /// Seed of the prediction passes of <see cref="TargetPropUnitType.Stochastic"/> units. Null, the default: the seed of training. The seed is
    /// part of the model. All rows share its random numbers, so the score of a row does not depend on the other rows or on their order.
    /// </summary>
    public int? PredictionSeed;

    /// <summary>
    /// How each layer learns what to change; default <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/>.
    /// </summary>
    public TargetPropLearningRule LearningRule = TargetPropLearningRule.DifferenceTargetPropagation;

    /// <summary>How the feedback maps learn, under a <see cref="LearningRule"/> whose feedback maps learn.</summary>
    public TargetPropFeedbackOptions Feedback = new();

    /// <summary>
    /// The most passes over the training rows, 1 or more. Null, the default: on a table, as many as make 440 to 600 steps for classes below 2,000
    /// training rows, 1,000 for numbers there, 4,000 below 20,000 rows, and 8,000 otherwise, at least 5 and at most 500; on wide, sparse
    /// rows such as text 10; on others, such as pictures, as many as make 3,000 steps, at least 32 and at most 200.
    /// </summary>
    public int? MaxEpochs;

    /// <summary>
    /// Number of rows in a mini-batch, 1 or more; the last one of an epoch may have fewer. Null, the default: on a table, 32 below 2,000 training
    /// rows, 64 below 20,000, otherwise 128; on others a power of two, about a fiftieth of the training rows, at least 16 and at most 128.
    /// Targets do not depend on it.
    /// </summary>
    public int? BatchSize;

    /// <summary>
    /// Learning rate of the forward maps, above 0. Null, the default: c divided by the units of the widest hidden layer, at most 0.01. The
    /// constant c depends on the <see cref="LearningRule"/> and is meant for <see cref="TargetPropOptimizer.Adam"/>: 0.35 for difference target
    /// propagation and back-propagation (0.0007 for 500 units), more for the others (docs/algorithm.md, section 4), and 0.8 for
    /// <see cref="TargetPropUnitType.Stochastic"/> units. Difference target propagation multiplies it by 3 / (hidden layers) where there are more
    /// than three.
    /// </summary>
    public double? LearningRate;

    /// <summary>
    /// η0, the length of the gradient step that sets the first target, above 0. That target is of the last hidden layer, or of the output under
    /// the rules that start there. Null, the default: 10 for <see cref="TargetPropLearningRule.TargetPropagation"/>, 0.5 for the other rules; at
    /// least 2 for discrete units, and 1 for stochastic ones. The step is taken per row, so it does not depend on the batch size. Published code
    /// steps on the mean over 100 rows; divide its values by 100.
    /// </summary>
    public double? TargetStep;

    /// <summary>Default <see cref="TargetPropOptimizer.Adam"/>. The default learning rates are meant for it.</summary>
    public TargetPropOptimizer Optimizer = TargetPropOptimizer.Adam;

    /// <summary>How the learning rates fall during training; default <see cref="TargetPropSchedule.Cosine"/>.</summary>
    public TargetPropSchedule Schedule = TargetPropSchedule.Cosine;

    /// <summary>
    /// Decoupled weight decay: each step shrinks the weights, not the biases, by this number times the learning rate. 0 or more, and below 1 when
    /// multiplied by a learning rate. Null, the default: on a table the networks of a model have different ones (<see cref="Members"/>). On others, such
    /// as pictures, with 20 to 9,999 training rows and <see cref="MaxEpochs"/> null, <c>Fit</c> tries 0, 0.3 and 3 and keeps the value with the lowest
    /// loss on held-out quarters of the training rows (one quarter from 1,000 rows on, two below); otherwise it takes 0. The trials make <c>Fit</c>
    /// three to six times longer; a value saves that time.
    /// </summary>
    public double? WeightDecay;

    /// <summary>
    /// Standard deviation of Gaussian noise on the network's inputs during training, 0 or more, after <see cref="FeatureEncoding"/>. Null, the
    /// default: 0.6 √(columns / 784), at most 0.6, on standardised features; 0 on others and with <see cref="Augmentation"/>. Few columns get
    /// little noise because it does not average out over them.
    /// </summary>
    public double? InputNoise;

    /// <summary>
    /// For features that are the pixels of a picture: how far pictures are shifted, turned, scaled and bent during training, before anything else
    /// is done to them. Null, the default: not at all.
    /// </summary>
    public TargetPropImageAugmentation? Augmentation;

    /// <summary>
    /// The probability that a training step sets an input to zero, from 0 to below 1. The other inputs are scaled up to make up for it. Null, the
    /// default: 0.1 for classes of a table, except where a network reads few numbers; 0.5 on wide, sparse rows such as text;
    /// otherwise 0.
    /// </summary>
    public double? InputDropout;

    /// <summary>
    /// The probability that a hidden unit sends nothing up in a training step, from 0 to below 1. The other units are scaled up to make up for it. A
    /// unit that sent nothing does not learn in that step. Null, the default: 0.2 for classes of a table below 2,000 training rows, otherwise 0.
    /// </summary>
    public double? Dropout;

    /// <summary>
    /// How columns become inputs of the network; default <see cref="TargetPropFeatureEncoding.Auto"/>. The model keeps the encoding, so features need
    /// no normalisation before the trainer.
    /// </summary>
    public TargetPropFeatureEncoding FeatureEncoding = TargetPropFeatureEncoding.Auto;

    /// <summary>
    /// How missing values (NaN) among the features are treated; default <see cref="TargetPropMissingValues.Encode"/>. Under
    /// <see cref="TargetPropFeatureEncoding.None"/> they are an error in any case.
    /// </summary>
    public TargetPropMissingValues MissingValues = TargetPropMissingValues.Encode;

    /// <summary>
    /// The number of networks that are trained side by side and averaged, 1 to 64. They differ in their first weights and in the noise of their
    /// training; on a table also in encoding, weight decay, dropout of inputs and activation. More networks make fewer errors and better
    /// probabilities, and take as much more time. Null, the default: 4 on a table, 2 on wide, sparse rows such as text, otherwise 1. For classes
    /// of a table of 20 to 1,999 training rows it is 16: four candidates, each of which is trained on four different three quarters of the rows. The rows that a network did
    /// not see decide how much its candidate counts, and candidates that count nothing are left out of the model. With
    /// a number, 16 too, all networks learn from all rows and count alike.
    /// </summary>
    public int? Members;

    /// <summary>
    /// Seed of everything random in training. Null, the default: drawn from the seed of the <see cref="MLContext"/> when the trainer is built.
    /// The same seed and data on the same machine give the same model, bit for bit.
    /// </summary>
    public int? Seed;

    /// <summary>
    /// Rows to validate with after every epoch, with the columns of the training data. Null, the default: none. Validation data passed to
    /// <c>Fit</c> replace them.
    /// </summary>
    public IDataView? ValidationSet;

    /// <summary>
    /// The part of the training rows to set aside at random and validate with, from 0 to below 1; default 0. It must be 0 when there is a
    /// <see cref="ValidationSet"/> or <c>Fit</c> is given validation data.
    /// </summary>
    public double ValidationFraction;

    /// <summary>
    /// Training stops after this many epochs in a row without a lower validation loss, and the network of the best epoch is kept. 0, the default:
    /// never. It needs validation rows.
    /// </summary>
    public int EarlyStoppingPatience;

    /// <summary>Called at the end of every epoch, on the training thread. An exception from it ends the training.</summary>
    public Action<TargetPropEpochMetrics>? EpochCallback;

    /// <summary>
    /// The number of training rows that are examined at the end of every epoch, evenly spaced over the data:
    /// <see cref="TargetPropEpochMetrics.Diagnostics"/>. 0, the default: no examination. The trained model is the same, bit for bit.
    /// 64 rows took 0.5 to 0.9 s with three layers of 500 units, on 2 cores.
    /// </summary>
    public int DiagnosticsRows;

    /// <summary>Ends the training before its next step with an <see cref="OperationCanceledException"/>; default: never. There is no model then.</summary>
    public CancellationToken CancellationToken;

    /// <summary>A deep copy, so that a trainer keeps the options that were checked when it was built.</summary>
    internal virtual TargetPropOptions Copy()
    {
        var copy = (TargetPropOptions)MemberwiseClone();
        copy.HiddenUnits = (int[]?)HiddenUnits?.Clone();
        copy.Feedback = Feedback.Copy();
        copy.Augmentation = Augmentation?.Copy();
        return copy;
    }
}

/// <summary>The options of the classifiers.</summary>
public abstract class TargetPropClassifierOptions : TargetPropOptions
{
    internal TargetPropClassifierOptions() { }

    /// <summary>
    /// Label smoothing: the part of every training label that is spread evenly over all classes, from 0 to below 1; default 0.01. It keeps the
    /// network from growing ever more certain about rows that it already gets right; too much makes probabilities too cautious. Losses are
    /// reported against the labels as they are.
    /// </summary>
    public double LabelSmoothing = 0.01;
}

/// <summary>How the feedback maps of a network learn; see <see cref="TargetPropOptions.Feedback"/>.</summary>
public sealed class TargetPropFeedbackOptions
{
    /// <summary>
    /// The loss that feedback maps lower; default <see cref="TargetPropFeedbackLearning.Automatic"/>, the one that the
    /// <see cref="TargetPropOptions.LearningRule"/> was published with. A loss that does not suit the rule is refused, with the reason.
    /// </summary>
    public TargetPropFeedbackLearning Learning = TargetPropFeedbackLearning.Automatic;

    /// <summary>
    /// Learning rate of the feedback maps, 0 or more; 0 leaves them as they were drawn. Null, the default: 0.5 divided by the units of the widest
    /// hidden layer, at most 0.01 (0.001 for 500 units); the constant is 1 for <see cref="TargetPropLearningRule.TargetPropagation"/> and 1.2 for
    /// <see cref="TargetPropFeedbackLearning.LocalDifferenceReconstruction"/>. More than three hidden layers lower it as they lower
    /// <see cref="TargetPropOptions.LearningRate"/>.
    /// </summary>
    public double? LearningRate;

    /// <summary>
    /// σ, the standard deviation of the noise on activities that feedback maps learn from, 0 or more. Null, the default: 0.2.
    /// </summary>
    public double? Noise;

    /// <summary>
    /// Feedback maps learn at every k-th step, k 1 or more. Null, the default: 2 under
    /// <see cref="TargetPropLearningRule.DifferenceTargetPropagation"/> on a table and from 10,000 training rows on, where more epochs are a better
    /// use of the time; otherwise 1.
    /// </summary>
    public int? Interval;

    /// <summary>
    /// The number of steps that feedback maps take on a mini-batch when they learn, each with new noise, 1 or more. Null, the default: 2 for
    /// <see cref="TargetPropFeedbackLearning.LocalDifferenceReconstruction"/>, otherwise 1.
    /// </summary>
    public int? Steps;

    /// <summary>
    /// <see cref="TargetPropOptions.WeightDecay"/> of the feedback maps. Null, the default: 0.1 for
    /// <see cref="TargetPropFeedbackLearning.DifferenceReconstruction"/>, which needs some; otherwise that of the forward maps.
    /// </summary>
    public double? WeightDecay;

    internal TargetPropFeedbackOptions Copy() => (TargetPropFeedbackOptions)MemberwiseClone();
}
