using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The statistics of one layer over recent mini-batches: what stands in for the batch's own when rows are scored one by one.
/// </summary>
internal sealed class UnitNormalization : IDisposable
{
    /// <summary>What the newest batch counts once there are enough of them; the mean of all batches until then.</summary>
    private const double Newest = 0.02;

    private long _batches;

    public UnitNormalization(int units, Device device, ScalarType type)
    {
        Mean = zeros(units, dtype: type, device: device).DetachFromDisposeScope();
        Scale = ones(units, dtype: type, device: device).DetachFromDisposeScope();
    }

    /// <summary>Running mean, <c>[units]</c>.</summary>
    public Tensor Mean { get; }

    /// <summary>One over the root of the running variance, <c>[units]</c>.</summary>
    public Tensor Scale { get; }

    /// <summary>Normalises the rows of <paramref name="activities"/>, <c>[batch, units]</c>, in place.</summary>
    public void Apply(Tensor activities) => activities.sub_(Mean).mul_(Scale);

    /// <summary>Takes in the statistics of one more batch.</summary>
    public void Track(Tensor mean, Tensor scale)
    {
        using var scope = NewDisposeScope();
        var part = Math.Max(1.0 / ++_batches, Newest);
        Mean.ScaleInPlace(1 - part).AddScaledInPlace(mean, part);
        var variance = Scale.mul(Scale).reciprocal_().ScaleInPlace(1 - part).AddScaledInPlace(scale.mul(scale).reciprocal_(), part);
        Scale.copy_(variance.rsqrt_());
    }

    public NormalizationSnapshot ToSnapshot()
    {
        using var scope = NewDisposeScope();
        return new(Floats(Mean), Floats(Scale));

        static float[] Floats(Tensor values) => values.cpu().to(ScalarType.Float32).data<float>().ToArray();
    }

    /// <summary>Overwrites the statistics; batches that follow are added to them, and do not start anew.</summary>
    public void Load(NormalizationSnapshot snapshot)
    {
        using var mean = tensor(snapshot.Mean);
        using var scale = tensor(snapshot.Scale);
        Mean.copy_(mean);
        Scale.copy_(scale);
        _batches = (long)(1 / Newest);
    }

    public void Dispose()
    {
        Mean.Dispose();
        Scale.Dispose();
    }
}
