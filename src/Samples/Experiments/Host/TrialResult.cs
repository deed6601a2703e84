namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>A finished trial as it is stored.</summary>
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

    /// <summary>Series of numbers by name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Series { get; init; }

    /// <summary>Duration of the whole trial, with data and evaluation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Time of its end.</summary>
    public required DateTimeOffset Finished { get; init; }
}
