using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The standardisation of the columns, z = (x − offset) · scale, clamped to ±<see cref="Limit"/>: one input for each column.
/// </summary>
/// <remarks>
/// A column that is constant in training has scale 0, so the network always reads 0 there, as in training. The limit keeps outliers near the
/// values that the network has learned from.
/// </remarks>
internal sealed class Standardization : ColumnEncoding
{
    /// <summary>Largest absolute value that a standardised feature can have.</summary>
    public const float Limit = 5f;

    /// <summary>
    /// A column is divided by half its range, but by at least one and at most this many standard deviations. Half the range of an ordinary column
    /// is two to four deviations. A pixel that is hardly ever inked has a deviation far below its range; divided by the deviation alone, its few
    /// inked values, and noise on them, would outweigh all other columns. The range of a heavy-tailed column comes from a few outliers;
    /// divided by the range alone, all other values would vanish.
    /// </summary>
    private const double MaxDeviations = 4;

    private const int RowsAtOnce = 4096;

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

    /// <summary>True when a missing value becomes 0, the mean of its column. Models of format versions 1 and 2 leave it NaN.</summary>
    public bool FillsGaps { get; init; }

    public override int Columns => Offset.Length;

    public override int Inputs => Offset.Length;

    public override bool AcceptsGaps => FillsGaps;

    /// <summary>Learns mean and spread of every column in double precision, from the values that are not missing.</summary>
    /// <param name="features"><c>[rows, columns]</c> in the user's units.</param>
    public static Standardization Learn(Tensor features)
    {
        using var scope = NewDisposeScope();
        var columns = features.shape[1];
        var (lowest, highest) = (features.amin(0), features.amax(0));
        var hasGaps = lowest.isnan().any().item<bool>();
        var observed = zeros_like(lowest, dtype: ScalarType.Float64).ShiftInPlace(features.shape[0]);
        if (hasGaps)
        {
            lowest = features.nan_to_num(nan: double.PositiveInfinity).amin(0);
            highest = features.nan_to_num(nan: double.NegativeInfinity).amax(0);
            observed.sub_(features.isnan().sum(dim: 0L));
        }

        // A gap adds nothing to a sum.
        Tensor Filled(Tensor block) => hasGaps ? block.nan_to_num() : block;
        var mean = zeros(columns, dtype: ScalarType.Float64, device: features.device);
        foreach (var block in Blocks(features))
            mean.AddInPlace(Filled(block).sum(dim: 0L));
        mean.div_(observed);

        // Two passes, since the difference of two large sums would lose a small spread around a large mean.
        var variance = zeros_like(mean);
        foreach (var block in Blocks(features))
        {
            var centred = Filled(block.sub(mean));
            variance.AddInPlace(centred.mul_(centred).sum(dim: 0L));
        }
        var deviation = variance.div_(observed).sqrt_();

        var halfRange = highest.to(ScalarType.Float64).sub_(lowest).ScaleInPlace(0.5);
        var spread = minimum(maximum(deviation, halfRange), deviation.Times(MaxDeviations));

        // A constant column is recognised by its values, since rounding can leave it a small deviation.
        var scale = spread.reciprocal().to(ScalarType.Float32);
        scale.ZeroInPlace(lowest.eq(highest).logical_or(scale.isfinite().logical_not()));
        return new(mean.nan_to_num().ToFloats(), scale.ToFloats());
    }

    /// <summary>Standardises every row of <paramref name="features"/>, <c>[rows, columns]</c>, in place, docs/algorithm.md (12.4).</summary>
    public void Apply(Tensor features)
    {
        using var scope = NewDisposeScope();
        var offset = tensor(Offset, device: features.device);
        var scale = tensor(Scale, device: features.device);
        features.sub_(offset).mul_(scale).ClampInPlace(Limit);
        if (FillsGaps)
            features.nan_to_num_();
    }

    public override Tensor Encode(Tensor rows, Device device)
    {
        var inputs = rows.clone();
        Apply(inputs);
        return inputs.MovedTo(device);
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
        TensorPrimitives.Subtract(row, offset, row);
        TensorPrimitives.Multiply(row, scale, row);
        TensorPrimitives.Min(row, Limit, row);
        TensorPrimitives.Max(row, -Limit, row);
        if (!FillsGaps)
            return;
        foreach (ref var value in row)
        {
            if (float.IsNaN(value))
                value = 0;
        }
    }

    public override void Apply(ReadOnlySpan<float> row, Span<float> inputs)
    {
        row.CopyTo(inputs);
        Apply(inputs);
    }

    private static IEnumerable<Tensor> Blocks(Tensor features)
    {
        for (var start = 0L; start < features.shape[0]; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            yield return features.narrow(0, start, Math.Min(RowsAtOnce, features.shape[0] - start)).to(ScalarType.Float64);
        }
    }
}
