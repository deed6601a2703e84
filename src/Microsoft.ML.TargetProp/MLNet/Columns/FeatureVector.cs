using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Feature vectors on their way into a network.</summary>
internal static class FeatureVector
{
    /// <summary>Copies a dense or sparse vector of the right length.</summary>
    /// <param name="host">For errors.</param>
    /// <param name="source">The features of a row.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="column">The column that they are from, where it is known.</param>
    public static void CopyTo(IHost host, in VBuffer<float> source, Span<float> target, string? column = null)
    {
        if (source.Length != target.Length)
            throw host.Except($"The model was trained on {target.Length} features, and {(column is null ? "the feature vector" : $"column '{column}'")} of this row has {source.Length}. Give every row as many as the model was trained on, in the same order.");
        source.CopyTo(target);
    }
}
