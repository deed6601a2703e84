namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>An operation to compare.</summary>
/// <param name="Name">The name of the operation.</param>
/// <param name="Run">Runs the operation once and returns its duration in seconds, without preparation and clean-up.</param>
internal sealed record Candidate(string Name, Func<double> Run);

/// <summary>
/// Durations of candidates that ran in turn. A ratio is the median of the ratios of the rounds, because a machine that is slow for
/// some seconds slows all candidates of a round.
/// </summary>
internal sealed class Rounds
{
    private readonly Dictionary<string, double[]> _seconds;

    private Rounds(Dictionary<string, double[]> seconds)
    {
        _seconds = seconds;
    }

    /// <summary>Runs the candidates in turn. A warm-up round, which does not count, compiles code and allocates memory.</summary>
    /// <param name="rounds">The number of measured rounds.</param>
    /// <param name="progress">Receives the name of the running step.</param>
    /// <param name="candidates">The operations to compare.</param>
    public static Rounds Run(int rounds, Action<string> progress, params Candidate[] candidates)
    {
        Dictionary<string, double[]> seconds = candidates.ToDictionary(c => c.Name, _ => new double[rounds]);
        for (int round = -1; round < rounds; round++)
        {
            // Every second round runs in reverse order, so that no candidate always follows the same one.
            foreach (Candidate candidate in round % 2 == 0 ? candidates.Reverse() : candidates)
            {
                progress(round < 0 ? $"{candidate.Name}, warming up" : $"{candidate.Name}, round {round + 1} of {rounds}");

                // The next candidate does not pay for collecting this one's garbage.
                GC.Collect();
                GC.WaitForPendingFinalizers();
                double duration = candidate.Run();
                if (round >= 0)
                {
                    seconds[candidate.Name][round] = duration;
                }
            }
        }

        return new Rounds(seconds);
    }

    /// <summary>The median duration of a candidate in seconds.</summary>
    public double Seconds(string name) => Median(_seconds[name]);

    /// <summary>The median over the rounds of the duration of one candidate divided by that of another.</summary>
    public double Ratio(string name, string over) => Median(_seconds[name].Zip(_seconds[over], (a, b) => a / b));

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
