namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>Something whose duration is compared with that of others.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Run">Does the work once and returns its seconds; what it does before and after is its own affair.</param>
internal sealed record Candidate(string Name, Func<double> Run);

/// <summary>
/// Durations of several candidates that took turns. A ratio is the median of the rounds' own ratios: what slows a machine down for
/// some seconds slows both sides of a round.
/// </summary>
internal sealed class Rounds
{
    private readonly Dictionary<string, double[]> _seconds;

    private Rounds(Dictionary<string, double[]> seconds)
    {
        _seconds = seconds;
    }

    /// <summary>Lets the candidates take turns. A round that is not counted goes before: code is compiled and memory taken in it.</summary>
    /// <param name="rounds">How many rounds count.</param>
    /// <param name="progress">Is told what runs.</param>
    /// <param name="candidates">Who takes part.</param>
    public static Rounds Run(int rounds, Action<string> progress, params Candidate[] candidates)
    {
        Dictionary<string, double[]> seconds = candidates.ToDictionary(c => c.Name, _ => new double[rounds]);
        for (int round = -1; round < rounds; round++)
        {
            // Every second round the other way round, so that nobody always comes after the same neighbour.
            foreach (Candidate candidate in round % 2 == 0 ? candidates.Reverse() : candidates)
            {
                progress(round < 0 ? $"{candidate.Name}, warming up" : $"{candidate.Name}, round {round + 1} of {rounds}");

                // Garbage of one candidate is not collected at the expense of the next.
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

    /// <summary>The median of a candidate's durations, in seconds.</summary>
    public double Seconds(string name) => Median(_seconds[name]);

    /// <summary>How long one took for each second of another: the median of the rounds' ratios.</summary>
    public double Ratio(string name, string over) => Median(_seconds[name].Zip(_seconds[over], (a, b) => a / b));

    /// <summary>The middle of some values; the mean of the two in the middle where their number is even.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
