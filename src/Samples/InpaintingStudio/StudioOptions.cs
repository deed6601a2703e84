namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>What the user asked for on the command line.</summary>
public sealed record StudioOptions
{
    /// <summary>The folder for the pictures and the model where none is named; .gitignore knows it.</summary>
    public const string DefaultOutput = "artifacts/inpainting";

    /// <summary>A folder with MNIST; null: see <see cref="Mnist.DataVariable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Digits to learn from; null: as many as fit the time that the program promises.</summary>
    public int? Rows { get; init; }

    /// <summary>Where the pictures go, and the model where <see cref="Save"/> is null.</summary>
    public string Output { get; init; } = DefaultOutput;

    /// <summary>The seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A model to use, in the place of training one.</summary>
    public string? Model { get; init; }

    /// <summary>Where the trained model goes; null: into <see cref="Output"/>.</summary>
    public string? Save { get; init; }

    /// <summary>Whether to take few rows and few epochs.</summary>
    public bool Quick { get; init; }

    /// <summary>How much is trained; null: by <see cref="Quick"/>.</summary>
    internal StudioSettings? Settings { get; init; }
}
