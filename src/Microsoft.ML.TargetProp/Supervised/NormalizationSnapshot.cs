using System.Numerics.Tensors;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// How a layer of a trained network is normalised, unit by unit, after its activation: (h − mean) · scale. Both have the layer's units.
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
