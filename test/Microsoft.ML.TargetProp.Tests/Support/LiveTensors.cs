using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>Whether native memory is given back at once, and not left to the garbage collector.</summary>
internal static class LiveTensors
{
    /// <summary>After the work there are as many tensors as before.</summary>
    public static void AssertGivenBack(Action work)
    {
        // Counted on this thread alone: what the collector's thread gives back later does not make up for what we forget.
        ThreadDisposeScopeStatistics counts = DisposeScopeManager.Statistics;
        long before = counts.ThreadTotalLiveCount;

        work();

        Assert.Equal(before, counts.ThreadTotalLiveCount);
    }

    /// <summary>The number of tensors that the work creates: a measure of how much is computed that does not depend on time.</summary>
    public static long CountCreated(Action work)
    {
        ThreadDisposeScopeStatistics counts = DisposeScopeManager.Statistics;
        long before = counts.CreatedInScopeCount + counts.CreatedOutsideScopeCount;

        work();

        return counts.CreatedInScopeCount + counts.CreatedOutsideScopeCount - before;
    }
}
