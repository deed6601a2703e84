using Microsoft.ML.TargetProp.Samples.Experiments.Studies;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>The window of spike-timing-dependent plasticity that learning from increments shows on spikes.</summary>
public sealed class SpikeTimingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_weight_grows_when_the_postsynaptic_spike_follows_and_shrinks_when_it_came_first(int seed)
    {
        double[] window = SpikeTiming.Window(400_000, 10, seed);

        Assert.All(Enumerable.Range(1, 5), d => Assert.True(window[10 + d] > 0 && window[10 - d] < 0, $"{d}: {window[10 + d]} {window[10 - d]}"));
        // A change that lies further away tells less.
        Assert.True(window[11] > window[20]);
    }
}
