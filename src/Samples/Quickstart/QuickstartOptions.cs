namespace Microsoft.ML.TargetProp.Samples.Quickstart;

/// <summary>The options of the command line.</summary>
public sealed record QuickstartOptions
{
    /// <summary>The default folder for the model and the picture. .gitignore excludes it.</summary>
    public const string DefaultOutput = "artifacts/quickstart";

    /// <summary>The folder with MNIST; null to use the environment variable <see cref="Mnist.DataVariable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Whether to download MNIST.</summary>
    public bool Download { get; init; }

    /// <summary>The folder for the model and the picture.</summary>
    public string Output { get; init; } = DefaultOutput;

    /// <summary>The seed of all random numbers.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Passes over the training set; null for the trainer's default.</summary>
    public int? Epochs { get; init; }

    /// <summary>Units of each hidden layer; null for the trainer's default.</summary>
    public int[]? HiddenUnits { get; init; }

    /// <summary>Whether to use fewer rows and fewer epochs.</summary>
    public bool Quick { get; init; }

    /// <summary>Whether to train a linear model for comparison.</summary>
    public bool Compare { get; init; }
}
