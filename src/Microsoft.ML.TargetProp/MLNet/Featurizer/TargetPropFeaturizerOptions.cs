using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp;

public sealed partial class TargetPropFeaturizerEstimator
{
    /// <summary>Options of the <see cref="TargetPropFeaturizerEstimator"/>; every default works untouched.</summary>
    /// <remarks>
    /// A value out of range throws <see cref="ArgumentOutOfRangeException"/> when the estimator is built, with the option, the value and the
    /// allowed range in its message. Learning rates and noises are on the scale of standardised features and of units.
    /// </remarks>
    public sealed class Options
    {
        /// <summary>The column of codes; default <c>Features</c>.</summary>
        public string OutputColumnName = DefaultColumnNames.Features;

        /// <summary>
        /// The column of vectors to encode: known-size vectors of <see cref="float"/>. Null, the default, for the name in
        /// <see cref="OutputColumnName"/>: the codes take the column's place.
        /// </summary>
        public string? InputColumnName;

        /// <summary>
        /// Units of each layer of codes, from the vector up: 1 to 50 layers of 1 to 16,777,216 units. Null, the default, takes one layer of
        /// 2,000 from 10,000 training rows on, and one of 200 below: more units than slots are no danger here, since the noise keeps
        /// them from copying, and linear trainers like many features.
        /// </summary>
        public int[]? HiddenUnits;

        /// <summary>Whether the codes of all layers come out, side by side from the lowest up, or the top code alone; default false.</summary>
        public bool AllLayers;

        /// <summary>
        /// Activation of the codes; default <see cref="TargetPropActivation.Relu"/>: a linear trainer made half the errors on its codes of
        /// digits that it made on those of <see cref="TargetPropActivation.Tanh"/> or <see cref="TargetPropActivation.Sigmoid"/>.
        /// </summary>
        public TargetPropActivation Activation = TargetPropActivation.Relu;

        /// <summary>Passes over the training rows for every layer, 1 or more. Null, the default, takes 20, and on small data up to 200.</summary>
        public int? MaxEpochs;

        /// <summary>Rows of a mini-batch, 1 or more; the last of an epoch may have fewer. Null, the default, takes 128 from 6,400 rows on, and down to 16 below.</summary>
        public int? BatchSize;

        /// <summary>Learning rate of Adam for the encoders, above 0; default 0.001.</summary>
        public double LearningRate = 0.001;

        /// <summary>Learning rate of Adam for the decoders, above 0; default 0.001.</summary>
        public double DecoderLearningRate = 0.001;

        /// <summary>How the learning rates fall; default <see cref="TargetPropSchedule.Cosine"/>.</summary>
        public TargetPropSchedule Schedule = TargetPropSchedule.Cosine;

        /// <summary>σ of the noise on codes that decoders learn to undo, 0 or more; default 1.</summary>
        public double CodeNoise = 1;

        /// <summary>
        /// σ of the noise on what encoders read, 0 or more; default 0.5. 0 is the procedure as published, where the code may learn to copy.
        /// </summary>
        public double InputNoise = 0.5;

        /// <summary>
        /// Whether every slot is centred on its mean over the training rows, divided by its spread there, and held to ±5, as in
        /// <see cref="TargetPropOptions.StandardizeFeatures"/>; default true. What was learned is part of the model.
        /// </summary>
        public bool StandardizeFeatures = true;

        /// <summary>
        /// Seed of everything random in training. Null, the default, draws one from the <see cref="MLContext"/>'s own seed when the estimator is
        /// built. The same seed and data on the same machine give the same model, bit for bit.
        /// </summary>
        public int? Seed;

        /// <summary>Called at the end of every epoch of every layer, on the training thread; what it throws ends the training.</summary>
        public Action<TargetPropFeaturizerEpochMetrics>? EpochCallback;

        /// <summary>Ends the training, before its next step, with an <see cref="OperationCanceledException"/>; default: never. No model comes out.</summary>
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
