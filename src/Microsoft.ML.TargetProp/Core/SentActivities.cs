using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>What hidden layers send while they learn: stochastic units draw new samples each time.</summary>
internal static class SentActivities
{
    /// <summary>h, its levels, or a Bernoulli sample of it, <c>[batch, units]</c> (algorithms, §3).</summary>
    public static Tensor Sent(this HiddenSignal signal, Tensor activities, RandomSource random)
    {
        if (signal.IsContinuous)
            return activities;
        if (signal.IsDiscrete)
            return signal.Discretize(activities);
        using var thresholds = random.UniformLike(activities);
        return HiddenSignal.Sample(activities, thresholds);
    }
}
