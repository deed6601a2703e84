using System.Diagnostics;

namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

internal static class Clock
{
    /// <summary>The duration of an action in seconds.</summary>
    public static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The median duration of a call in seconds.</summary>
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
