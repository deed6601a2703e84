namespace Microsoft.ML.TargetProp.Samples.Quickstart;

/// <summary>What the user asked for on the command line.</summary>
public sealed record QuickstartOptions
{
    /// <summary>The folder for the model and the picture where none is named; .gitignore knows it.</summary>
    public const string DefaultOutput = "artifacts/quickstart";

    /// <summary>A folder with MNIST; null: see <see cref="Mnist.DataVariable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Whether to fetch MNIST from the network.</summary>
    public bool Download { get; init; }

    /// <summary>Where the model and the picture go.</summary>
    public string Output { get; init; } = DefaultOutput;

    /// <summary>The seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Passes over the training set; null: the trainer chooses.</summary>
    public int? Epochs { get; init; }

    /// <summary>Units of each hidden layer; null: the trainer chooses.</summary>
    public int[]? HiddenUnits { get; init; }

    /// <summary>Whether to take few rows and few epochs.</summary>
    public bool Quick { get; init; }

    /// <summary>Whether to train a linear model as well.</summary>
    public bool Compare { get; init; }
}
