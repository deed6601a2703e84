using System.Diagnostics;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>Runs the trials of a plan that have no result yet.</summary>
/// <param name="store">The stored results.</param>
/// <param name="progress">Receives the progress.</param>
/// <param name="cancellationToken">Stops between trials, and within trials that check it.</param>
internal sealed class StudyRunner(ResultStore store, IStudyProgress progress, CancellationToken cancellationToken)
{
    /// <summary>Runs the missing trials and returns a result for each trial of the plan, in its order.</summary>
    /// <param name="plan">The trials.</param>
    /// <param name="folder">Folder for the files of the trials.</param>
    public IReadOnlyList<TrialResult> Run(IReadOnlyList<Trial> plan, string folder)
    {
        TrialResult?[] results = [.. plan.Select(store.Find)];
        progress.Begin(plan.Count, results.Count(r => r is not null));
        for (int i = 0; i < plan.Count; i++)
        {
            // A plan may contain the same trial twice, so its result may be new since the count above.
            results[i] ??= store.Find(plan[i]) ?? Run(plan[i], folder);
        }

        return results!;
    }

    private TrialResult Run(Trial trial, string folder)
    {
        cancellationToken.ThrowIfCancellationRequested();
        progress.TrialBegins(trial);
        Directory.CreateDirectory(folder);
        long start = Stopwatch.GetTimestamp();
        Measurements measured = trial.Run(new TrialContext(trial.Seed, folder, progress.Report, cancellationToken));
        TrialResult result = new()
        {
            Configuration = trial.Configuration,
            Seed = trial.Seed,
            Options = trial.Options,
            Figures = measured.Figures,
            Series = measured.Series,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            Finished = DateTimeOffset.UtcNow,
        };
        store.Add(result);
        progress.TrialEnds(result);
        return result;
    }
}
