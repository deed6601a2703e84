namespace Microsoft.ML.TargetProp;

/// <summary>Measurements of one epoch of a featurizer's training; see the option <c>EpochCallback</c>.</summary>
public sealed class TargetPropFeaturizerEpochMetrics
{
    internal TargetPropFeaturizerEpochMetrics(int layer, int epoch, int maxEpochs, double reconstructionError, double? validationError, TimeSpan elapsed)
    {
        Layer = layer;
        Epoch = epoch;
        MaxEpochs = maxEpochs;
        ReconstructionError = reconstructionError;
        ValidationError = validationError;
        Elapsed = elapsed;
    }

    /// <summary>The layer pair in training, from 1. Layer pairs are trained one after the other.</summary>
    public int Layer { get; }

    /// <summary>The epoch of this layer pair, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Most epochs of every layer pair.</summary>
    public int MaxEpochs { get; }

    /// <summary>
    /// Mean over rows and units of the squared error of g(f(x)) during the epoch, with noise on the input. The units are those of the layer's
    /// input: standardised features for the first layer pair, codes for the others.
    /// </summary>
    public double ReconstructionError { get; }

    /// <summary>The same for the validation rows after the epoch, without noise; null without validation rows.</summary>
    public double? ValidationError { get; }

    /// <summary>Time since training began.</summary>
    public TimeSpan Elapsed { get; }
}
