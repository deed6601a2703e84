namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The window of spike-timing-dependent plasticity that ΔW ∝ S_i ΔV_j shows on spikes (algorithms, §6): the rule sees the presynaptic spike and
/// the change of the postsynaptic potential, and not one postsynaptic spike. Those come the likelier the higher the potential is; so a
/// spike that follows the presynaptic one tells of a rise, and one that came before, of a fall.
/// </summary>
internal static class SpikeTiming
{
    private const double Leak = 0.05;
    private const double PresynapticRate = 0.1;
    private const double SteepnessOfRate = 2;
    private const double LowestLogRate = -3;

    /// <summary>Mean weight change per pair of spikes, by how many steps the postsynaptic spike came after the presynaptic one.</summary>
    /// <param name="steps">Steps to simulate.</param>
    /// <param name="reach">The largest difference that counts, at least 1.</param>
    /// <param name="seed">Of the potential and the spikes.</param>
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

    /// <summary>A potential that drifts about its rest, spikes that it makes likelier, and presynaptic spikes that know nothing of it.</summary>
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
