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

    /// <summary>Iterations of the E-step in training, whose steps are longer in proportion; null for as many as in <see cref="Inference"/>.</summary>
    public int? TrainingIterations { get; init; }

    /// <summary>How the E-step moves in training.</summary>
    public InferenceSettings TrainingInference => TrainingIterations is { } iterations ? Inference.In(iterations) : Inference;

    /// <summary>σ of the noise that the maps read in the M-step.</summary>
    public double Noise { get; init; } = 0.2;

    /// <summary>The form of p(h_M).</summary>
    public TargetPropCodePrior Prior { get; init; } = TargetPropCodePrior.FullCovariance;

    /// <summary>Factor on the variance of a prior of one Gaussian, above 0. The paper widened it by 4, which makes up for a factorised form; 1 is what was inferred.</summary>
    public double PriorWidening { get; init; } = 1;

    /// <summary>Scale b of a Laplace prior, above 0. Stated and not fitted: codes and scale would shrink each other to nothing.</summary>
    public double PriorScale { get; init; } = 0.5;

    /// <summary>Gaussians of a mixture.</summary>
    public int PriorComponents { get; init; } = 50;

    /// <summary>What the M-step learns from.</summary>
    public TargetPropMaximization Maximization { get; init; } = TargetPropMaximization.FinalValues;

    /// <summary>Epochs without a lower validation error after which training stops; 0 for never.</summary>
    public int EarlyStoppingPatience { get; init; }
}

/// <summary>A trained model and what was measured on the way.</summary>
/// <param name="Model">After the last epoch, or after the best one when training may stop early.</param>
/// <param name="Epochs">Every epoch that was run.</param>
/// <param name="BestEpoch">The epoch that the model is from.</param>
internal sealed record GenerativeResult(GenerativeSnapshot Model, IReadOnlyList<TargetPropGenerativeEpochMetrics> Epochs, int BestEpoch);
