namespace Microsoft.ML.TargetProp;

public sealed partial class TargetPropInpaintingEstimator
{
    /// <summary>Options of the <see cref="TargetPropInpaintingEstimator"/>; every default works untouched.</summary>
    /// <remarks>
    /// A value out of range throws <see cref="ArgumentOutOfRangeException"/> when the estimator is built, with the option, the value and the
    /// allowed range in its message.
    /// </remarks>
    public sealed class Options
    {
        /// <summary>The column of completed vectors; default <c>Features</c>.</summary>
        public string OutputColumnName = Microsoft.ML.Data.DefaultColumnNames.Features;

        /// <summary>
        /// The column of vectors with gaps: known-size vectors of <see cref="float"/>, <see cref="float.NaN"/> where an entry is missing. Null,
        /// the default, for the name in <see cref="OutputColumnName"/>: the column is completed in place.
        /// </summary>
        public string? InputColumnName;

        /// <summary>
        /// A column for the standard deviation of every filled entry, in the units of its slot, 0 where the entry was observed. Null, the
        /// default, for none.
        /// </summary>
        public string? UncertaintyColumnName;

        /// <summary>
        /// A column for J, how well the model explains the observed entries of a row together with the code it infers, in nats: a row far
        /// below the others is an anomaly. Null, the default, for none.
        /// </summary>
        public string? ObjectiveColumnName;

        /// <summary>
        /// A column for the code of every row, the last hidden layer after inference: features learned without labels, as many as the last of
        /// <see cref="HiddenUnits"/>, and without slot names. The same numbers as <see cref="TargetPropGenerativeModel.Infer"/>. Null, the
        /// default, for none.
        /// </summary>
        public string? CodeColumnName;

        /// <summary>What missing entries are filled with; default <see cref="TargetPropInpaintingOutput.ExpectedValue"/>.</summary>
        public TargetPropInpaintingOutput Output = TargetPropInpaintingOutput.ExpectedValue;

        /// <summary>
        /// How many different completions of each row, 1 to 1,000; default 1. More than one needs <see cref="TargetPropInpaintingOutput.Sample"/>
        /// and makes the output column a vector of <c>[SampleCount, slots]</c>, one completion after the other.
        /// </summary>
        public int SampleCount = 1;

        /// <summary>
        /// Seed of the samples; default 0. The same seed and row give the same sample: a row is known by its id in the data, and by how many came
        /// before it in a prediction engine.
        /// </summary>
        public int SampleSeed;

        /// <summary>
        /// How often inference and refilling alternate to complete a row, 1 to 100; default 10. Maps of the model's own for completing (see
        /// <see cref="CompletionEpochs"/>) alternate as often as they were trained to, at most.
        /// </summary>
        public int CompletionRounds = 10;

        /// <summary>
        /// What the numbers are. Null, the default, looks at the observed training values: when all of them lie in [0, 1], every slot is
        /// <see cref="TargetPropVisibleUnits.Logistic"/>; otherwise those that hold nothing but 0 and 1 are, and the others are
        /// <see cref="TargetPropVisibleUnits.Gaussian"/>.
        /// </summary>
        public TargetPropVisibleUnits? VisibleUnits;

        /// <summary>
        /// Pixels in a line of the picture that the slots are, from left to right and from top to bottom: in training, whole blocks of it are
        /// taken away, and samples grow outwards from what is observed. 0, the default, when the slots are no picture; else a divisor of their
        /// number, unless <see cref="ImageHeight"/> is set.
        /// </summary>
        public int ImageWidth;

        /// <summary>
        /// Lines of the picture, for a vector of which only the first <see cref="ImageWidth"/> × ImageHeight slots are pixels. The slots after them,
        /// a label say, are a second modality beside the picture: in training it is taken away as a whole, or the picture is. 0, the default: all slots are pixels.
        /// </summary>
        public int ImageHeight;

        /// <summary>
        /// Units of each hidden layer, from the vector up, the last one the code: 1 to 50 layers of 1 to 16,777,216 units. Null, the default,
        /// chooses by the number of rows and slots.
        /// </summary>
        public int[]? HiddenUnits;

        /// <summary>Activation of the hidden units; default <see cref="TargetPropActivation.Tanh"/>.</summary>
        public TargetPropActivation Activation = TargetPropActivation.Tanh;

        /// <summary>Most passes over the training rows, 1 or more. Null, the default, chooses by their number.</summary>
        public int? MaxEpochs;

        /// <summary>Rows of a mini-batch, 1 or more; the last of an epoch may have fewer. Null, the default, chooses by the number of training rows.</summary>
        public int? BatchSize;

        /// <summary>
        /// Passes over the training rows in which a second set of maps learns to complete rows that lost some of their observed entries: much
        /// nearer to the truth than the layers' own maps. 0 or more. Null, the default, takes <see cref="MaxEpochs"/>, and where that is null too,
        /// chooses by the number of training rows; 0 leaves them out, and rows are completed as in the paper, by the layers' own maps. They are always learned anew.
        /// </summary>
        public int? CompletionEpochs;

        /// <summary>
        /// Learning rate of Adam for the maps in both directions, above 0. Null, the default, is 1.5 over the units of the widest hidden layer, and at most 0.01.
        /// </summary>
        public double? LearningRate;

        /// <summary>How the learning rate falls; default <see cref="TargetPropSchedule.Cosine"/>.</summary>
        public TargetPropSchedule Schedule = TargetPropSchedule.Cosine;

        /// <summary>σ of the noise that the maps read while they learn, 0 or more; default 0.2.</summary>
        public double Noise = 0.2;

        /// <summary>N, the iterations of inference, 1 to 50; default 15, as in the paper. Also part of the trained model.</summary>
        public int InferenceIterations = 15;

        /// <summary>
        /// Iterations of inference in training, at most <see cref="InferenceIterations"/>, and with steps longer in proportion, none above 1. Null, the default, is 3 (or
        /// as few above it as keep the steps at ½) with 10,000 training rows or more, and all of them with fewer rows. 3 instead of 15 take about a third of the
        /// time, and J of unseen digits came out as high. By default all of them, too, with true gradients, terms of q, or increments; always all of them with a
        /// <see cref="TargetPropCodePrior.Laplace"/> prior.
        /// </summary>
        public int? TrainingIterations;

        /// <summary>δ, the step of inference along the estimator of the layer below, above 0 and at most 1; default 0.1, as in the paper.</summary>
        public double InferenceStep = 0.1;

        /// <summary>λ, the pull of the layer above in inference, 0 to 1; default 0.001, as in the paper.</summary>
        public double TopDownStep = 0.001;

        /// <summary>
        /// α, the weight of the terms of q(h | x) in inference and in J, 0 to 1; default 0, as in the paper's experiments. Above 0, every layer is
        /// also pulled towards what the layer below infers.
        /// </summary>
        public double InferenceWeight;

        /// <summary>
        /// What moves a layer to explain the one below; default <see cref="TargetPropInferenceDirection.Estimator"/>, which needs no gradient.
        /// Also part of the trained model.
        /// </summary>
        public TargetPropInferenceDirection InferenceDirection = TargetPropInferenceDirection.Estimator;

        /// <summary>
        /// Inference of a row ends before <see cref="InferenceIterations"/> when J's climb flattens: after the first iteration that adds less than
        /// this part of what the row's first one added, measured by how far the hidden layers move. In [0, 1); default 0, for never. Also
        /// part of the trained model.
        /// </summary>
        public double InferenceTolerance;

        /// <summary>
        /// What the maps learn from; default <see cref="TargetPropMaximization.FinalValues"/>. <see cref="TargetPropMaximization.Increments"/>
        /// adds no noise, so <see cref="Noise"/> then counts in J only. The maps that complete rows (see <see cref="CompletionEpochs"/>) learn
        /// in the same way with either.
        /// </summary>
        public TargetPropMaximization Maximization = TargetPropMaximization.FinalValues;

        /// <summary>
        /// The form of p(h_M), fitted to the codes of the training rows at the end of training; default
        /// <see cref="TargetPropCodePrior.FullCovariance"/>. The paper has <see cref="TargetPropCodePrior.Factorized"/>, with a
        /// <see cref="PriorWidening"/> of 4.
        /// </summary>
        public TargetPropCodePrior Prior = TargetPropCodePrior.FullCovariance;

        /// <summary>
        /// Factor on the variances of a prior of one Gaussian, 0.0001 to 10,000; default 1, the variances that the codes have. Must stay 1
        /// with <see cref="TargetPropCodePrior.Mixture"/> and <see cref="TargetPropCodePrior.Laplace"/>.
        /// </summary>
        public double PriorWidening = 1;

        /// <summary>
        /// b, the scale of a <see cref="TargetPropCodePrior.Laplace"/> prior, 0.0001 to 10,000; default 0.5. The threshold of every iteration is
        /// <see cref="PriorStep"/> / b, so that a smaller b makes sparser codes. Stated and not fitted: codes and scale would shrink each other to nothing. Of
        /// no effect on the other priors.
        /// </summary>
        public double PriorScale = 0.5;

        /// <summary>
        /// Gaussians of a <see cref="TargetPropCodePrior.Mixture"/>, 1 to 10,000; default 50. There are fewer where there are fewer rows, or where
        /// one is left without any. Of no effect on the other priors.
        /// </summary>
        public int PriorComponents = 50;

        /// <summary>
        /// δσ², the pull of p(h_M) on the code in the inference of a trained model, 0 to 1; default 0.004, which is what an
        /// <see cref="InferenceStep"/> of 0.1 and a <see cref="Noise"/> of 0.2 state. 0 leaves this term of J out, as the paper does; training
        /// always does, but with <see cref="TargetPropCodePrior.Laplace"/>.
        /// </summary>
        public double PriorStep = 0.004;

        /// <summary>
        /// Seed of everything random in training. Null, the default, draws one from the <see cref="MLContext"/>'s own seed when the estimator is
        /// built. The same seed and data on the same machine give the same model, bit for bit.
        /// </summary>
        public int? Seed;

        /// <summary>
        /// Rows to validate with after every epoch; same column as the training data. Null, the default, for none. Passing validation data to
        /// <c>Fit</c> takes precedence.
        /// </summary>
        public IDataView? ValidationSet;

        /// <summary>
        /// Part of the training rows to set aside at random and validate with, in [0, 1); default 0. Not together with
        /// <see cref="ValidationSet"/> or validation data passed to <c>Fit</c>.
        /// </summary>
        public double ValidationFraction;

        /// <summary>
        /// Training stops when this many epochs in a row brought no lower validation error, and the best epoch's model is kept. 0, the default,
        /// for never. Needs validation rows. The maps that complete rows (see <see cref="CompletionEpochs"/>) stop by the same rule, and by their own error.
        /// </summary>
        public int EarlyStoppingPatience;

        /// <summary>Called at the end of every epoch of the layers, on the training thread; what it throws ends the training.</summary>
        public Action<TargetPropGenerativeEpochMetrics>? EpochCallback;

        /// <summary>
        /// Called at the end of every epoch of the maps that complete rows (see <see cref="CompletionEpochs"/>), on the training thread; what it throws ends
        /// the training.
        /// </summary>
        public Action<TargetPropCompletionEpochMetrics>? CompletionEpochCallback;

        /// <summary>
        /// Ends the training, before its next step, with an <see cref="OperationCanceledException"/>; default: never. No model comes out.
        /// </summary>
        public CancellationToken CancellationToken;

        /// <summary>The name of the column to read.</summary>
        internal string Input => InputColumnName ?? OutputColumnName;

        /// <summary>A copy that later changes of this object do not reach: an estimator has the options that were checked when it was built.</summary>
        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.HiddenUnits = (int[]?)HiddenUnits?.Clone();
            return copy;
        }
    }
}
