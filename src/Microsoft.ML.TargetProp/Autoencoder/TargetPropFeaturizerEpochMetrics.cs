namespace Microsoft.ML.TargetProp;

/// <summary>
/// Measurements of one epoch of a featurizer's training; see the option <c>EpochCallback</c>. Layer pairs are trained one after the other, and the
/// epochs of each count from 1.
/// </summary>
public sealed class TargetPropFeaturizerEpochMetrics : TargetPropEpoch
{
    internal TargetPropFeaturizerEpochMetrics(in EpochEnd end, int layer, double reconstructionError, double? validationError)
        : base(end) => (Layer, ReconstructionError, ValidationError) = (layer, reconstructionError, validationError);

    /// <summary>The layer pair in training, from 1.</summary>
    public int Layer { get; }

    /// <summary>
    /// Mean over rows and units of the squared error of g(f(x)) during the epoch, with noise on the input. The units are those of the layer's
    /// input: standardised features for the first layer pair, codes for the others.
    /// </summary>
    public double ReconstructionError { get; }

    /// <summary>The same for the validation rows after the epoch, without noise; null without validation rows.</summary>
    public double? ValidationError { get; }
}
