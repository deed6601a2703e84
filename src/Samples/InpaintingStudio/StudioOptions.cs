namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The options of the command line.</summary>
public sealed record StudioOptions
{
    /// <summary>The default folder for the pictures and the model. .gitignore excludes it.</summary>
    public const string DefaultOutput = "artifacts/inpainting";

    /// <summary>The folder with MNIST; null to use the environment variable <see cref="Mnist.DataVariable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Number of training digits; null for the default of <see cref="StudioSettings"/>.</summary>
    public int? Rows { get; init; }

    /// <summary>The folder for the pictures, and for the model if <see cref="Save"/> is null.</summary>
    public string Output { get; init; } = DefaultOutput;

    /// <summary>The seed of all random numbers.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The file of a saved model; null to train one.</summary>
    public string? Model { get; init; }

    /// <summary>The file for the trained model; null for a file in <see cref="Output"/>.</summary>
    public string? Save { get; init; }

    /// <summary>Whether to use fewer rows and fewer epochs.</summary>
    public bool Quick { get; init; }

    /// <summary>The size of the training; null to follow <see cref="Quick"/>.</summary>
    internal StudioSettings? Settings { get; init; }
}
