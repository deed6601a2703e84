namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>A study as the command line asks for it.</summary>
internal sealed record StudyRequest
{
    /// <summary>Seeds 1 to this number.</summary>
    public required int Seeds { get; init; }

    /// <summary>Few rows and few epochs: a run in a minute, to check that the study runs. Its figures say nothing about accuracy.</summary>
    public bool Quick { get; init; }

    /// <summary>
    /// Measures on rows held out of the training set instead of the test set. Every choice is made this way; the test set is used once.
    /// </summary>
    public bool Validate { get; init; }

    /// <summary>A folder with MNIST or with public tables; null for the folder in <see cref="Mnist.DataVariable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Options of the trainer that replace those of the study; only together with <see cref="Validate"/>.</summary>
    public IReadOnlyList<OptionSetting> Settings { get; init; } = [];

    /// <summary>The seeds.</summary>
    public IEnumerable<int> SeedNumbers => Enumerable.Range(1, Seeds);

    /// <summary>Name of the folder with the results: the name of the study, with a suffix for a quick run and for a validation.</summary>
    public string FolderName(IStudy study) => study.Name + (Quick ? "-quick" : "") + (Validate ? "-validate" : "");
}
