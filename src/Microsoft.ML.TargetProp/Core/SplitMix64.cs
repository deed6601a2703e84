namespace Microsoft.ML.TargetProp.Core;

/// <summary>The random number generator SplitMix64 (Steele, Lea and Flood 2014). It gives the same numbers on every machine and in every version of .NET.</summary>
/// <param name="state">The first state. Every state is allowed.</param>
internal struct SplitMix64(ulong state)
{
    private ulong _state = state;

    /// <summary>The next 64 random bits. Each call is a one-to-one function of the state.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
