namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>A finished trial, as it is kept.</summary>
internal sealed record TrialResult
{
    /// <summary>See <see cref="Trial.Configuration"/>.</summary>
    public required string Configuration { get; init; }

    /// <summary>See <see cref="Trial.Seed"/>.</summary>
    public required int Seed { get; init; }

    /// <summary>See <see cref="Trial.Options"/>.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Single numbers by name.</summary>
    public required IReadOnlyDictionary<string, double> Figures { get; init; }

    /// <summary>Rows of numbers by name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Series { get; init; }

    /// <summary>How long the whole trial took, data and evaluation included.</summary>
    public required double Seconds { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Finished { get; init; }
}
