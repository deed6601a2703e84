namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>What the command line asks of a study.</summary>
internal sealed record StudyRequest
{
    /// <summary>Seeds 1 to this number.</summary>
    public required int Seeds { get; init; }

    /// <summary>Few rows and few epochs: a run in a minute, to see that all is well. Its figures say nothing about accuracy.</summary>
    public bool Quick { get; init; }

    /// <summary>
    /// Measure on rows held out of the training set instead of the test set. Choices are made so; the test set is looked at once.
    /// </summary>
    public bool Validate { get; init; }

    /// <summary>A folder with MNIST; null: see <see cref="Mnist.DataVariable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Options of the trainer that are not left as the study has them; only together with <see cref="Validate"/>.</summary>
    public IReadOnlyList<OptionSetting> Settings { get; init; } = [];

    /// <summary>The seeds.</summary>
    public IEnumerable<int> SeedNumbers => Enumerable.Range(1, Seeds);

    /// <summary>What a folder with results of this kind of run is called: the study's name, and what was not as usual.</summary>
    public string FolderName(IStudy study) => study.Name + (Quick ? "-quick" : "") + (Validate ? "-validate" : "");
}
