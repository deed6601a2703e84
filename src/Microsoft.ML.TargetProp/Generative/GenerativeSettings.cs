namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Every choice of a generative training, made.</summary>
internal sealed record GenerativeSettings
{
    public required int MaxEpochs { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Of Adam, for the maps in both directions.</summary>
    public required double LearningRate { get; init; }

    public required int Seed { get; init; }

    /// <summary>How the learning rate falls.</summary>
    public TargetPropSchedule Schedule { get; init; } = TargetPropSchedule.Cosine;

    /// <summary>How the E-step moves.</summary>
    public InferenceSettings Inference { get; init; } = new();

    /// <summary>σ of the noise that the maps read in the M-step.</summary>
    public double Noise { get; init; } = 0.2;

    /// <summary>The form of p(h_M).</summary>
    public TopPriorKind Prior { get; init; } = TopPriorKind.FullCovariance;
}

/// <summary>What was measured in one epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="ReconstructionError">
/// Mean over the observed entries of the squared error of g_1(h_1) after the E-step, in standardised units; each batch before its own M-step.
/// </param>
/// <param name="Elapsed">Since training began.</param>
internal sealed record GenerativeEpochMetrics(int Epoch, double ReconstructionError, TimeSpan Elapsed);

/// <summary>A trained model and what was measured on the way.</summary>
internal sealed record GenerativeResult(GenerativeSnapshot Model, IReadOnlyList<GenerativeEpochMetrics> Epochs);
