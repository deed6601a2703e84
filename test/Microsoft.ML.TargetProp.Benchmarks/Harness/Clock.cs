using System.Diagnostics;

namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>Takes the time.</summary>
internal static class Clock
{
    /// <summary>Seconds that something takes.</summary>
    public static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The median of the seconds that each of many calls takes.</summary>
    public static double MedianOfCalls(int calls, Action<int> work)
    {
        double[] seconds = new double[calls];
        for (int i = 0; i < calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            work(i);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return Rounds.Median(seconds);
    }
}
