namespace Microsoft.ML.TargetProp.Autoencoder;

/// <summary>Everything the training of a stacked auto-encoder needs to know, with every choice made.</summary>
internal sealed record AutoencoderSettings
{
    /// <summary>Passes over the rows for every layer pair.</summary>
    public required int MaxEpochs { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Of the encoders.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Of the decoders.</summary>
    public required double DecoderLearningRate { get; init; }

    /// <summary>σ of the noise on codes that decoders learn to undo.</summary>
    public required double CodeNoise { get; init; }

    /// <summary>σ of the noise on what encoders read.</summary>
    public required double InputNoise { get; init; }

    public TargetPropSchedule Schedule { get; init; } = TargetPropSchedule.Cosine;

    public required int Seed { get; init; }
}
