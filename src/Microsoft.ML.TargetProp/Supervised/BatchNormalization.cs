using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015) without learned scale and shift: y = (x − mean) / √(variance + 1e−5), unit by unit, with mean and
/// variance (divided by the rows) over the mini-batch. Example weights multiply losses only, so they do not enter here.
/// </summary>
/// <param name="Input">x, <c>[batch, units]</c>.</param>
/// <param name="Output">y, <c>[batch, units]</c>.</param>
/// <param name="Mean">Mean of the batch, <c>[units]</c>.</param>
/// <param name="Scale">1 / √(variance + 1e−5) of the batch, <c>[units]</c>.</param>
internal sealed record BatchNormalization(Tensor Input, Tensor Output, Tensor Mean, Tensor Scale)
{
    private const double Stabilizer = 1e-5;

    /// <summary>Normalises the rows of a batch, docs/algorithm.md (4.8).</summary>
    public static BatchNormalization Normalize(Tensor input)
    {
        var mean = MeanOfRows(input);
        var output = input.sub(mean);
        using var squares = output.mul(output);
        var scale = MeanOfRows(squares).ShiftInPlace(Stabilizer).rsqrt_();
        return new(input, output.mul_(scale), mean, scale);
    }

    /// <summary>
    /// Turns ∂/∂y into ∂/∂x, in place: ∂/∂x = scale ⊙ (δ − mean(δ) − y ⊙ mean(δ ⊙ y)), because every row moves mean and variance.
    /// </summary>
    public void MultiplyByDerivative(Tensor delta)
    {
        using var scope = NewDisposeScope();
        var shared = MeanOfRows(delta);
        var along = MeanOfRows(delta.mul(Output));
        delta.sub_(shared).AddProductInPlace(Output, along, -1).mul_(Scale);
    }

    // 0L, because a plain 0 converts to ScalarType.Byte and sums into a byte.
    private static Tensor MeanOfRows(Tensor rows) => rows.sum(dim: 0L).ScaleInPlace(1.0 / rows.shape[0]);
}

/// <summary>The statistics of one layer over recent mini-batches. Scoring uses them in place of the statistics of a batch.</summary>
internal sealed class UnitNormalization : IDisposable
{
    /// <summary>The weight of the newest batch once there are enough batches. Until then the statistics are means over all batches.</summary>
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

    /// <summary>Adds the statistics of one more batch.</summary>
    public void Track(Tensor mean, Tensor scale)
    {
        using var scope = NewDisposeScope();
        var part = Math.Max(1.0 / ++_batches, Newest);
        Mean.ScaleInPlace(1 - part).AddScaledInPlace(mean, part);
        var variance = Scale.mul(Scale).reciprocal_().ScaleInPlace(1 - part).AddScaledInPlace(scale.mul(scale).reciprocal_(), part);
        Scale.copy_(variance.rsqrt_());
    }

    public NormalizationSnapshot ToSnapshot() => new(Mean.ToFloats(), Scale.ToFloats());

    /// <summary>Overwrites the statistics; later batches are added to them.</summary>
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

/// <summary>
/// The normalisation of a layer of a trained network, unit by unit, after its activation: (h − mean) · scale.
/// </summary>
internal sealed record NormalizationSnapshot(float[] Mean, float[] Scale)
{
    /// <summary>Normalises the activities of one row in place.</summary>
    public void Apply(Span<float> activities)
    {
        TensorPrimitives.Subtract(activities, Mean, activities);
        TensorPrimitives.Multiply(activities, Scale, activities);
    }
}
