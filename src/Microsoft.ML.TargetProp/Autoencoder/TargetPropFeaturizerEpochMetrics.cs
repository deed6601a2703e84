namespace Microsoft.ML.TargetProp;

/// <summary>What was measured in one epoch of a featurizer's training.</summary>
/// <param name="Layer">The layer pair that is being trained, from 1: they are trained one after the other.</param>
/// <param name="Epoch">The epoch of this layer, from 1.</param>
/// <param name="MaxEpochs">Epochs that every layer is given.</param>
/// <param name="ReconstructionError">
/// Mean over rows and units of the squared error of g(f(x)) in the units of the layer's input (standardised features for the first), while
/// training, noise on the input included.
/// </param>
/// <param name="Elapsed">Since training began.</param>
public sealed record TargetPropFeaturizerEpochMetrics(int Layer, int Epoch, int MaxEpochs, double ReconstructionError, TimeSpan Elapsed);
