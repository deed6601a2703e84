using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>Checks that code frees native memory itself and does not leave it to the garbage collector.</summary>
internal static class LiveTensors
{
    /// <summary>Asserts that the number of tensors after the work is the same as before.</summary>
    public static void AssertGivenBack(Action work)
    {
        // The count covers only this thread. Tensors that the finalizer thread frees meanwhile cannot hide a leak.
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
