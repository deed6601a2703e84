namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>One measurement of a study: one configuration with one seed.</summary>
/// <param name="Configuration">Short name of the configuration, for rows of tables and for progress.</param>
/// <param name="Seed">Seed of everything random.</param>
/// <param name="Options">
/// Everything that the result depends on, as text: options, data, the build of the trainer. A trial runs again when any of it changes.
/// </param>
/// <param name="Run">Runs the trial.</param>
internal sealed record Trial(
    string Configuration, int Seed, IReadOnlyDictionary<string, string> Options, Func<TrialContext, Measurements> Run)
{
    /// <summary>Whether a result belongs to this trial.</summary>
    public bool IsAnsweredBy(TrialResult result) =>
        result.Configuration == Configuration
        && result.Seed == Seed
        && result.Options.Count == Options.Count
        && Options.All(option => result.Options.TryGetValue(option.Key, out string? value) && value == option.Value);
}
