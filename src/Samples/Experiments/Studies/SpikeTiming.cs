namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>
/// The window of spike-timing-dependent plasticity that the rule of docs/algorithm.md (8.10), ΔW ∝ S_i ΔV_j, shows on spikes. The rule reads the
/// presynaptic spike and the change of the postsynaptic potential; it reads no postsynaptic spike. A postsynaptic spike is more likely at a high
/// potential. So a spike after the presynaptic one means that the potential rose, and a spike before it means that the potential fell.
/// </summary>
internal static class SpikeTiming
{
    private const double Leak = 0.05;
    private const double PresynapticRate = 0.1;
    private const double SteepnessOfRate = 2;
    private const double LowestLogRate = -3;

    /// <summary>Mean weight change per pair of spikes, for each delay of the postsynaptic spike after the presynaptic one, in steps.</summary>
    /// <param name="steps">Steps to simulate.</param>
    /// <param name="reach">Largest delay, at least 1.</param>
    /// <param name="seed">Seed of the potential and the spikes.</param>
    /// <returns><c>[2 reach + 1]</c>, from −reach to reach.</returns>
    public static double[] Window(int steps, int reach, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reach, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2 * reach + 2);
        var random = new Random(seed);
        var (potential, pre, post) = Simulate(steps, random);
        var (sums, pairs) = (new double[2 * reach + 1], new int[2 * reach + 1]);
        for (var t = reach; t < steps - reach - 1; t++)
        {
            if (!pre[t])
                continue;
            var change = potential[t + 1] - potential[t];
            for (var difference = -reach; difference <= reach; difference++)
            {
                if (!post[t + difference])
                    continue;
                sums[difference + reach] += change;
                pairs[difference + reach]++;
            }
        }
        return [.. sums.Zip(pairs, (s, n) => n == 0 ? 0 : s / n)];
    }

    /// <summary>A potential that fluctuates around its rest, postsynaptic spikes whose rate rises with it, and independent presynaptic spikes.</summary>
    private static (double[] Potential, bool[] Pre, bool[] Post) Simulate(int steps, Random random)
    {
        var (potential, pre, post) = (new double[steps], new bool[steps], new bool[steps]);
        for (var t = 0; t < steps; t++)
        {
            var last = t == 0 ? 0 : potential[t - 1];
            potential[t] = last - Leak * last + Math.Sqrt(2 * Leak) * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2;
            pre[t] = random.NextDouble() < PresynapticRate;
            post[t] = random.NextDouble() < 1 / (1 + Math.Exp(-(LowestLogRate + SteepnessOfRate * potential[t])));
        }
        return (potential, pre, post);
    }
}
