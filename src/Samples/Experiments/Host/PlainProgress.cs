using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>Lines for a file or a pipe: one at the begin and the end of a trial, and some in between.</summary>
/// <param name="writeLine">Writes a line.</param>
/// <param name="between">Least time between two lines on the same trial.</param>
internal sealed class PlainProgress(Action<string> writeLine, TimeSpan between) : IStudyProgress
{
    private int _trials;
    private int _number;
    private long _lastLine;

    /// <inheritdoc/>
    public void Begin(int trials, int finished)
    {
        _trials = trials;
        _number = finished;
        writeLine(finished == 0 ? $"{trials} trials" : $"{trials} trials, {finished} of them finished before");
    }

    /// <inheritdoc/>
    public void TrialBegins(Trial trial)
    {
        _number++;
        _lastLine = Stopwatch.GetTimestamp();
        writeLine($"[{_number}/{_trials}] {trial.Configuration}, seed {trial.Seed}");
    }

    /// <inheritdoc/>
    public void Report(double part, string text)
    {
        if (Stopwatch.GetElapsedTime(_lastLine) >= between)
        {
            _lastLine = Stopwatch.GetTimestamp();
            writeLine($"        {text}");
        }
    }

    /// <inheritdoc/>
    public void TrialEnds(TrialResult result)
    {
        string figures = string.Join(", ", result.Figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Value:G4}")));
        writeLine(string.Create(CultureInfo.InvariantCulture, $"        {figures} ({result.Seconds:0.0} s)"));
    }
}
