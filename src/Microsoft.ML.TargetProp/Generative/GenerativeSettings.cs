namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Every choice of a generative training, made.</summary>
internal sealed record GenerativeSettings
{
    public required int MaxEpochs { get; init; }

    public required int BatchSize { get; init; }

    public required double LearningRate { get; init; }

    public required int Seed { get; init; }

    /// <summary>N, the steps of the E-step.</summary>
    public int Iterations { get; init; } = 15;

    /// <summary>δ, the step along the estimator of the layer below.</summary>
    public double Step { get; init; } = 0.1;

    /// <summary>λ, the pull of the layer above.</summary>
    public double TopDownStep { get; init; } = 0.001;

    /// <summary>σ of the noise in the M-step.</summary>
    public double Noise { get; init; } = 0.2;
}

/// <summary>What was measured in one epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="ReconstructionError">Mean over rows of ‖g_1(h_1) − x‖² over the observed entries, after the E-step.</param>
/// <param name="ValidationObjective">Mean of J over the validation rows; null without any.</param>
/// <param name="Elapsed">Since training began.</param>
internal sealed record GenerativeEpochMetrics(int Epoch, double ReconstructionError, double? ValidationObjective, TimeSpan Elapsed);

/// <summary>A trained model and what was measured on the way.</summary>
internal sealed record GenerativeResult(GenerativeSnapshot Model, IReadOnlyList<GenerativeEpochMetrics> Epochs);
