using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The standardisation of the features, learned on the training set and part of the model:
/// z = (x − offset) · scale, then held to ±<see cref="Limit"/>.
/// </summary>
/// <remarks>
/// A column that never varies in training has scale 0: whatever it holds later, the network sees 0, as it did in training.
/// The limit keeps an outlier from reaching the network far away from everything it has learned.
/// </remarks>
internal sealed class Standardization
{
    /// <summary>Largest absolute value that a standardised feature can have.</summary>
    public const float Limit = 5f;

    /// <param name="offset">Mean of every column.</param>
    /// <param name="scale">One over the spread of every column; 0 for a constant one.</param>
    public Standardization(float[] offset, float[] scale)
    {
        if (offset.Length != scale.Length)
            throw new ArgumentException($"Standardisation has {offset.Length} offsets and {scale.Length} scales.", nameof(scale));
        Offset = offset;
        Scale = scale;
    }

    public float[] Offset { get; }

    public float[] Scale { get; }

    public int Columns => Offset.Length;

    /// <summary>Standardises every row of <paramref name="features"/>, <c>[rows, columns]</c>, in place.</summary>
    public void Apply(Tensor features)
    {
        using var scope = NewDisposeScope();
        var offset = tensor(Offset, device: features.device);
        var scale = tensor(Scale, device: features.device);
        features.sub_(offset).mul_(scale).ClampInPlace(Limit);
    }

    /// <summary>Standardised rows in the user's units, a new tensor; a constant column gets the value it always had.</summary>
    public Tensor Undo(Tensor standardized)
    {
        using var scope = NewDisposeScope();
        var spread = tensor([.. Scale.Select(s => s == 0 ? 0 : 1 / s)], device: standardized.device);
        return standardized.mul(spread).AddInPlace(tensor(Offset, device: standardized.device)).MoveToOuterDisposeScope();
    }

    /// <summary>Standardises one row in place.</summary>
    public void Apply(Span<float> row)
    {
        var offset = Offset.AsSpan();
        var scale = Scale.AsSpan();
        System.Numerics.Tensors.TensorPrimitives.Subtract(row, offset, row);
        System.Numerics.Tensors.TensorPrimitives.Multiply(row, scale, row);
        System.Numerics.Tensors.TensorPrimitives.Min(row, Limit, row);
        System.Numerics.Tensors.TensorPrimitives.Max(row, -Limit, row);
    }
}
