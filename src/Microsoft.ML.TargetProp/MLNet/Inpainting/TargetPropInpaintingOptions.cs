namespace Microsoft.ML.TargetProp;

public sealed partial class TargetPropInpaintingEstimator
{
    /// <summary>Options of the <see cref="TargetPropInpaintingEstimator"/>. Every default works untouched; docs/options.md lists all of them.</summary>
    /// <remarks>
    /// A value out of range throws <see cref="ArgumentOutOfRangeException"/> when the estimator is built. The message names the option, its value
    /// and the allowed range. An option that is null is chosen from the data.
    /// </remarks>
    public sealed class Options
    {
        /// <summary>The column of completed vectors; default <c>Features</c>.</summary>
        public string OutputColumnName = Microsoft.ML.Data.DefaultColumnNames.Features;

        /// <summary>
        /// The column of vectors with gaps: known-size vectors of <see cref="float"/>, with <see cref="float.NaN"/> where an entry is missing.
        /// Null, the default: the name in <see cref="OutputColumnName"/>, so the column is completed in place.
        /// </summary>
        public string? InputColumnName;

        /// <summary>
        /// A column for the standard deviation of every filled entry, in the units of its slot; 0 where the entry was observed. Null, the default:
        /// none.
        /// </summary>
        public string? UncertaintyColumnName;

        /// <summary>
        /// A column for the objective: how well the model explains the observed entries of a row together with the code that it infers, in nats
        /// (docs/algorithm.md (8.1)). A row far below the others is an anomaly. Null, the default: none.
        /// </summary>
        public string? ObjectiveColumnName;

        /// <summary>
        /// A column for the code of every row, the last hidden layer after inference: features that are learned without labels, as many as the
        /// last number of <see cref="HiddenUnits"/>, without slot names. <see cref="TargetPropGenerativeModel.Infer"/> gives the same numbers.
        /// Null, the default: none.
        /// </summary>
        public string? CodeColumnName;

        /// <summary>What missing entries are filled with; default <see cref="TargetPropInpaintingOutput.ExpectedValue"/>.</summary>
        public TargetPropInpaintingOutput Output = TargetPropInpaintingOutput.ExpectedValue;

        /// <summary>
        /// The number of completions of each row, 1 to 1,000; default 1. More than one needs <see cref="TargetPropInpaintingOutput.Sample"/> and
        /// makes the output column a vector of <c>[SampleCount, slots]</c>.
        /// </summary>
        public int SampleCount = 1;

        /// <summary>
        /// Seed of the samples; default 0. The same seed and row give the same sample. A row is identified by its id in the data, and in a
        /// prediction engine by the number of rows before it.
        /// </summary>
        public int SampleSeed;

        /// <summary>
        /// What the slots of the vector hold: the type of the visible units, as <see cref="TargetPropOptions.UnitType"/> is the type of a
        /// classifier's hidden ones. Null, the default: every slot is <see cref="TargetPropVisibleUnits.Logistic"/> if all observed training values
        /// lie in [0, 1]; otherwise a slot is logistic if it holds only 0 and 1, and <see cref="TargetPropVisibleUnits.Gaussian"/> if not.
        /// </summary>
        public TargetPropVisibleUnits? VisibleUnits;

        /// <summary>
        /// Pixels in a line of the picture that the slots are, from left to right and from top to bottom; 1 or more. Training then hides whole
        /// blocks of the picture, and samples grow outwards from what is observed. The width must divide the number of slots, unless
        /// <see cref="ImageHeight"/> is set. Null, the default: the slots are no picture.
        /// </summary>
        public int? ImageWidth;

        /// <summary>
        /// Lines of the picture, 1 or more, where only the first <see cref="ImageWidth"/> × ImageHeight slots are pixels. The slots after them, for
        /// example a label, are a second modality: training hides all of them or the whole picture. Null, the default: all slots are pixels.
        /// </summary>
        public int? ImageHeight;

        /// <summary>
        /// Number of units in each hidden layer, from the vector up, the last one the code: 1 to 50 layers of 1 to 16,777,216 units. Null, the
        /// default: [1000, 100] from 10,000 training rows on, [100, 30] below.
        /// </summary>
        public int[]? HiddenUnits;

        /// <summary>Activation function of the hidden units; default <see cref="TargetPropActivation.Tanh"/>.</summary>
        public TargetPropActivation Activation = TargetPropActivation.Tanh;

        /// <summary>The most passes over the training rows, 1 or more. Null, the default: as many as make 3,000 steps, at least 20 and at most 200.</summary>
        public int? MaxEpochs;

        /// <summary>
        /// Number of rows in a mini-batch, 1 or more; the last one of an epoch may have fewer. Null, the default: a power of two, about a fiftieth
        /// of the training rows, at least 16 and at most 128.
        /// </summary>
        public int? BatchSize;

        /// <summary>
        /// Learning rate of Adam for the maps in both directions, above 0. Null, the default: 1.5 divided by the units of the widest hidden layer,
        /// at most 0.01.
        /// </summary>
        public double? LearningRate;

        /// <summary>How the learning rate falls during training; default <see cref="TargetPropSchedule.Cosine"/>.</summary>
        public TargetPropSchedule Schedule = TargetPropSchedule.Cosine;

        /// <summary>σ of the noise on what the maps read while they learn, 0 or more; default 0.2.</summary>
        public double Noise = 0.2;

        /// <summary>How the model infers the hidden layers of a row. The trained model keeps these options.</summary>
        public TargetPropInferenceOptions Inference = new();

        /// <summary>The distribution of the codes, fitted at the end of training.</summary>
        public TargetPropPriorOptions Prior = new();

        /// <summary>How rows are completed, and how the maps for it are trained.</summary>
        public TargetPropCompletionOptions Completion = new();

        /// <summary>
        /// Seed of everything random in training. Null, the default: drawn from the seed of the <see cref="MLContext"/> when the estimator is
        /// built. The same seed and data on the same machine give the same model, bit for bit.
        /// </summary>
        public int? Seed;

        /// <summary>
        /// Rows to validate with after every epoch, with the column of the training data. Null, the default: none. Validation data passed to
        /// <c>Fit</c> replace them.
        /// </summary>
        public IDataView? ValidationSet;

        /// <summary>
        /// The part of the training rows to set aside at random and validate with, from 0 to below 1; default 0. It must be 0 when there is a
        /// <see cref="ValidationSet"/> or <c>Fit</c> is given validation data.
        /// </summary>
        public double ValidationFraction;

        /// <summary>
        /// Training stops after this many epochs in a row without a lower validation error, and the model of the best epoch is kept. 0, the
        /// default: never. It needs validation rows. The maps that complete rows stop by the same rule and their own error.
        /// </summary>
        public int EarlyStoppingPatience;

        /// <summary>Called at the end of every epoch of the layers, on the training thread. An exception from it ends the training.</summary>
        public Action<TargetPropGenerativeEpochMetrics>? EpochCallback;

        /// <summary>Ends the training before its next step with an <see cref="OperationCanceledException"/>; default: never. There is no model then.</summary>
        public CancellationToken CancellationToken;

        /// <summary>The name of the column to read.</summary>
        internal string Input => InputColumnName ?? OutputColumnName;

        /// <summary>A deep copy, so that an estimator keeps the options that were checked when it was built.</summary>
        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.HiddenUnits = (int[]?)HiddenUnits?.Clone();
            (copy.Inference, copy.Prior, copy.Completion) = (Inference.Copy(), Prior.Copy(), Completion.Copy());
            return copy;
        }
    }
}

/// <summary>How a generative model infers the hidden layers of a row; see <see cref="TargetPropInpaintingEstimator.Options.Inference"/>.</summary>
public sealed class TargetPropInferenceOptions
{
    /// <summary>N, the number of iterations, 1 to 50; default 15, as in the paper.</summary>
    public int Iterations = 15;

    /// <summary>
    /// The number of iterations in training, at most <see cref="Iterations"/>; the steps grow in proportion, and none may exceed 1. Null, the
    /// default: 3 from 10,000 training rows on, or the lowest number above 3 that keeps every step at or below 1/2. 3 iterations instead of 15
    /// take about a third of the time, and the objective of unseen digits came out as high. Below 10,000 rows, and with gradients, q terms,
    /// increments or a <see cref="TargetPropCodePrior.Laplace"/> prior, the default is all iterations. A Laplace prior allows no other number.
    /// </summary>
    public int? TrainingIterations;

    /// <summary>
    /// δ, the step along the estimator of the layer below (docs/algorithm.md (8.2)), above 0 and at most 1; default 0.1, as in the paper.
    /// </summary>
    public double Step = 0.1;

    /// <summary>λ, the pull of the layer above (docs/algorithm.md (8.2)), 0 to 1; default 0.001, as in the paper.</summary>
    public double TopDownStep = 0.001;

    /// <summary>
    /// α, the weight of the terms of q(h | x) in inference and in the objective (docs/algorithm.md (8.5)), 0 to 1; default 0, as in the paper's
    /// experiments. Above 0, each layer is also pulled towards what the layer below infers.
    /// </summary>
    public double Weight;

    /// <summary>
    /// What moves a layer to explain the layer below; default <see cref="TargetPropInferenceDirection.Estimator"/>, which needs no gradient.
    /// </summary>
    public TargetPropInferenceDirection Direction = TargetPropInferenceDirection.Estimator;

    /// <summary>
    /// Ends the inference of a row early: after the first iteration that raises the objective by less than this part of the first
    /// iteration's rise, measured by how far the hidden layers move (docs/algorithm.md (8.7)). From 0 to below 1; default 0: never.
    /// </summary>
    public double Tolerance;

    /// <summary>
    /// What the maps learn from; default <see cref="TargetPropMaximization.FinalValues"/>. <see cref="TargetPropMaximization.Increments"/> adds no
    /// noise to what the maps read, so the option <c>Noise</c> then only counts in the objective. The maps that complete rows learn in the same
    /// way under both.
    /// </summary>
    public TargetPropMaximization Maximization = TargetPropMaximization.FinalValues;

    internal TargetPropInferenceOptions Copy() => (TargetPropInferenceOptions)MemberwiseClone();
}

/// <summary>
/// p(h_M), the distribution of a generative model's codes, fitted to those of the training rows; see <see cref="TargetPropInpaintingEstimator.Options.Prior"/>.
/// </summary>
public sealed class TargetPropPriorOptions
{
    /// <summary>
    /// The form of the distribution; default <see cref="TargetPropCodePrior.FullCovariance"/>. The paper has
    /// <see cref="TargetPropCodePrior.Factorized"/> with a <see cref="Widening"/> of 4.
    /// </summary>
    public TargetPropCodePrior Kind = TargetPropCodePrior.FullCovariance;

    /// <summary>
    /// Factor on the variances of a single Gaussian, 0.0001 to 10,000; default 1, the variances of the codes. It must be 1 for
    /// <see cref="TargetPropCodePrior.Mixture"/> and <see cref="TargetPropCodePrior.Laplace"/>.
    /// </summary>
    public double Widening = 1;

    /// <summary>
    /// b, the scale of a <see cref="TargetPropCodePrior.Laplace"/> prior, 0.0001 to 10,000; default 0.5. Each iteration has the threshold
    /// <see cref="Step"/> / b, so a smaller b makes sparser codes. It is not fitted, because codes and scale would shrink each other to 0. Other
    /// priors ignore it.
    /// </summary>
    public double Scale = 0.5;

    /// <summary>
    /// The number of Gaussians in a <see cref="TargetPropCodePrior.Mixture"/>, 1 to 10,000; default 50. There are fewer if there are fewer rows, or
    /// if a Gaussian is left without rows. Other priors ignore it.
    /// </summary>
    public int Components = 50;

    /// <summary>
    /// δσ², the pull of p(h_M) on the code (docs/algorithm.md (9.3), (9.4)) in the inference of a trained model, 0 to 1; default 0.004, the value for
    /// an inference step of 0.1 and a noise of 0.2. 0 leaves this term of the objective out, as the paper does. Training leaves it out unless the
    /// prior is <see cref="TargetPropCodePrior.Laplace"/>.
    /// </summary>
    public double Step = 0.004;

    internal TargetPropPriorOptions Copy() => (TargetPropPriorOptions)MemberwiseClone();
}

/// <summary>
/// How rows are completed: by a second set of maps, trained on rows from which observed entries were hidden; see
/// <see cref="TargetPropInpaintingEstimator.Options.Completion"/>.
/// </summary>
public sealed class TargetPropCompletionOptions
{
    /// <summary>
    /// The number of times that inference and refilling alternate to complete a row, 1 to 100; default 10. The maps for completion do not exceed
    /// the number of rounds that they were trained for.
    /// </summary>
    public int Rounds = 10;

    /// <summary>
    /// Passes over the training rows for the maps that complete rows, 0 or more. Null, the default: <c>MaxEpochs</c>, and if that is null too, chosen
    /// by the number of training rows. 0: no such maps; rows are completed by the layers' own maps, as in the paper, which is much less
    /// accurate. A model that training continues from gets new maps.
    /// </summary>
    public int? MaxEpochs;

    /// <summary>
    /// Called at the end of every epoch of the maps that complete rows, on the training thread. An exception from it ends the training.
    /// </summary>
    public Action<TargetPropCompletionEpochMetrics>? EpochCallback;

    internal TargetPropCompletionOptions Copy() => (TargetPropCompletionOptions)MemberwiseClone();
}
