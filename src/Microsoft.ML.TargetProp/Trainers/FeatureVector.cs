using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.Trainers;

/// <summary>Feature vectors on their way into a network.</summary>
internal static class FeatureVector
{
    /// <summary>Copies a dense or sparse vector of the right length.</summary>
    public static void CopyTo(IHost host, in VBuffer<float> source, Span<float> target)
    {
        if (source.Length != target.Length)
            throw host.Except($"The model was trained on {target.Length} features, and this row has {source.Length}.");
        source.CopyTo(target);
    }
}
