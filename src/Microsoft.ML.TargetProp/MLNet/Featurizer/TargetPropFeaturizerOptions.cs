using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp;

public sealed partial class TargetPropFeaturizerEstimator
{
    /// <summary>Options of the <see cref="TargetPropFeaturizerEstimator"/>. Every default works untouched; docs/options.md lists all of them.</summary>
    /// <remarks>
    /// A value out of range throws <see cref="ArgumentOutOfRangeException"/> when the estimator is built. The message names the option, its value
    /// and the allowed range. An option that is null is chosen from the data. Learning rates and noises are on the scale of standardised features
    /// and of codes.
    /// </remarks>
    public sealed class Options
    {
        /// <summary>The column of codes; default <c>Features</c>.</summary>
        public string OutputColumnName = DefaultColumnNames.Features;

        /// <summary>
        /// The column of vectors to encode: known-size vectors of <see cref="float"/>. Null, the default: the name in
        /// <see cref="OutputColumnName"/>, so the codes replace the column.
        /// </summary>
        public string? InputColumnName;

        /// <summary>
        /// Number of units in each layer of codes, from the vector up: 1 to 50 layers of 1 to 16,777,216 units. Null, the default: [2000] from
        /// 10,000 training rows on, [200] below. A layer may have more units than the vector has slots, because noise keeps it from copying.
        /// </summary>
        public int[]? HiddenUnits;

        /// <summary>
        /// Whether the output holds the codes of all layers, side by side from the lowest up, or the top code alone; default false: the top code.
        /// </summary>
        public bool AllLayers;

        /// <summary>
        /// Activation function of the codes; default <see cref="TargetPropActivation.Relu"/>. A linear trainer made half the errors on its codes
        /// of digits that it made on those of <see cref="TargetPropActivation.Tanh"/> or <see cref="TargetPropActivation.Sigmoid"/>.
        /// </summary>
        public TargetPropActivation Activation = TargetPropActivation.Relu;

        /// <summary>
        /// Passes over the training rows for each layer, 1 or more. Null, the default: as many as make 3,000 steps, at least 20 and at most 200.
        /// </summary>
        public int? MaxEpochs;

        /// <summary>
        /// Number of rows in a mini-batch, 1 or more; the last one of an epoch may have fewer. Null, the default: a power of two, about a fiftieth
        /// of the training rows, at least 16 and at most 128.
        /// </summary>
        public int? BatchSize;

        /// <summary>Learning rate of Adam for the encoders, above 0; default 0.001.</summary>
        public double LearningRate = 0.001;

        /// <summary>Learning rate of Adam for the decoders, above 0; default 0.001.</summary>
        public double DecoderLearningRate = 0.001;

        /// <summary>How the learning rates fall during training; default <see cref="TargetPropSchedule.Cosine"/>.</summary>
        public TargetPropSchedule Schedule = TargetPropSchedule.Cosine;

        /// <summary>σ of the noise on codes that decoders learn to undo (docs/algorithm.md (7.3)), 0 or more; default 1.</summary>
        public double CodeNoise = 1;

        /// <summary>
        /// σ of the noise on what encoders read, 0 or more; default 0.5. 0 is the published procedure, in which a wide code may learn to copy.
        /// </summary>
        public double InputNoise = 0.5;

        /// <summary>
        /// Whether every slot is centred on its mean over the training rows, divided by its spread there, and clamped to ±5, as in
        /// <see cref="TargetPropFeatureEncoding.Standardize"/>; default true. The model keeps both numbers.
        /// </summary>
        public bool StandardizeFeatures = true;

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
        /// The training of a layer stops after this many epochs in a row without a lower validation error, and the layer of the best epoch is
        /// kept. 0, the default: never. It needs validation rows.
        /// </summary>
        public int EarlyStoppingPatience;

        /// <summary>Called at the end of every epoch of every layer, on the training thread. An exception from it ends the training.</summary>
        public Action<TargetPropFeaturizerEpochMetrics>? EpochCallback;

        /// <summary>Ends the training before its next step with an <see cref="OperationCanceledException"/>; default: never. There is no model then.</summary>
        public CancellationToken CancellationToken;

        /// <summary>The name of the column to read.</summary>
        internal string Input => InputColumnName ?? OutputColumnName;

        /// <summary>A deep copy, so that an estimator keeps the options that were checked when it was built.</summary>
        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.HiddenUnits = (int[]?)HiddenUnits?.Clone();
            return copy;
        }
    }
}
