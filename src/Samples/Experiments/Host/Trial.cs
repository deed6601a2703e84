namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>One measurement of a study: one configuration with one seed.</summary>
/// <param name="Configuration">What is measured, short: it names rows of tables and is shown while the trial runs.</param>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Options">
/// Everything that the outcome depends on, as text: options, data, the build of the trainer. A trial is run again when any of it changes.
/// </param>
/// <param name="Run">Does it.</param>
internal sealed record Trial(
    string Configuration, int Seed, IReadOnlyDictionary<string, string> Options, Func<TrialContext, Measurements> Run)
{
    /// <summary>Whether a result is this trial's.</summary>
    public bool IsAnsweredBy(TrialResult result) =>
        result.Configuration == Configuration
        && result.Seed == Seed
        && result.Options.Count == Options.Count
        && Options.All(option => result.Options.TryGetValue(option.Key, out string? value) && value == option.Value);
}
