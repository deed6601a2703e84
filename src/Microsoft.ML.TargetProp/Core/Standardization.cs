using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The standardisation of the features, z = (x − offset) · scale, clamped to ±<see cref="Limit"/>. It is learned on the training rows and is part
/// of the model.
/// </summary>
/// <remarks>
/// A column that is constant in training has scale 0, so the network always reads 0 there, as in training. The limit keeps outliers near the
/// values that the network has learned from.
/// </remarks>
internal sealed class Standardization
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
        KeepsZeros = offset.AsSpan().IndexOfAnyExcept(0f) < 0;
    }

    public float[] Offset { get; }

    public float[] Scale { get; }

    public int Columns => Offset.Length;

    /// <summary>Learns mean and spread of every column in double precision.</summary>
    /// <param name="features"><c>[rows, columns]</c> in the user's units.</param>
    public static Standardization Learn(Tensor features)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (features.shape[0], features.shape[1]);
        var mean = zeros(columns, dtype: ScalarType.Float64, device: features.device);
        foreach (var block in Blocks(features))
            mean.AddInPlace(block.sum(dim: 0L));
        mean.ScaleInPlace(1.0 / rows);

        // Two passes, since the difference of two large sums would lose a small spread around a large mean.
        var variance = zeros_like(mean);
        foreach (var block in Blocks(features))
        {
            var centred = block.sub(mean);
            variance.AddInPlace(centred.mul_(centred).sum(dim: 0L));
        }
        var deviation = variance.ScaleInPlace(1.0 / rows).sqrt_();
        var (lowest, highest) = (features.amin(0), features.amax(0));

        var halfRange = highest.to(ScalarType.Float64).sub_(lowest).ScaleInPlace(0.5);
        var spread = minimum(maximum(deviation, halfRange), deviation.Times(MaxDeviations));

        // A constant column is recognised by its values, since rounding can leave it a small deviation.
        var scale = spread.reciprocal().to(ScalarType.Float32);
        scale.ZeroInPlace(lowest.eq(highest).logical_or(scale.isfinite().logical_not()));
        return new(mean.ToFloats(), scale.ToFloats());
    }

    /// <summary>
    /// Learns the scales of a wide, sparse table: one over the largest absolute value of every column, and 0 for a column without values. The offsets
    /// are 0, so zeros stay zeros.
    /// </summary>
    public static Standardization Learn(SparseRows rows)
    {
        var scale = new float[rows.Columns];
        for (var r = 0; r < rows.Count; r++)
        {
            var row = rows[r];
            for (var i = 0; i < row.Columns.Length; i++)
                scale[row.Columns[i]] = Math.Max(scale[row.Columns[i]], Math.Abs(row.Values[i]));
        }
        double E(string n, double d) => Environment.GetEnvironmentVariable(n) is { Length: > 0 } v ? double.Parse(v, System.Globalization.CultureInfo.InvariantCulture) : d;
        var df = new int[rows.Columns]; var sq = 0.0; var n = 0L; var csq = new double[rows.Columns];
        for (var r = 0; r < rows.Count; r++)
        {
            for (var i = 0; i < rows[r].Columns.Length; i++) { df[rows[r].Columns[i]]++; sq += (double)rows[r].Values[i] * rows[r].Values[i]; csq[rows[r].Columns[i]] += (double)rows[r].Values[i] * rows[r].Values[i]; }
        }
        var mode = E("SMODE", 0); var sc = E("SC", 1); var mindf = E("MINDF", 1); var norm = Math.Sqrt(sq / rows.Count);
        for (var c = 0; c < scale.Length; c++)
        {
            var s = mode == 0 ? sc / scale[c] : mode == 1 ? sc / norm : mode == 2 ? sc / norm * Math.Log((1.0 + rows.Count) / (1 + df[c])) : mode == 3 ? sc / Math.Sqrt(csq[c] / rows.Count) : sc / Math.Sqrt(norm) / Math.Sqrt(scale[c]);
            scale[c] = df[c] < mindf || !double.IsFinite(s) ? 0 : (float)s;
            if (scale[c] != 0) n++;
        }
        if (E("LOG", 0) > 0) Console.Error.WriteLine($"TargetProp kept {n} of {rows.Columns}");
        return new(new float[scale.Length], scale);
    }

    /// <summary>True when a zero in the user's units is a zero in the network's, so that sparse rows stay sparse.</summary>
    public bool KeepsZeros { get; }

    /// <summary>Standardised rows, new ones. The standardisation keeps zeros.</summary>
    public SparseRows Apply(SparseRows rows) => rows.Scaled(Scale, Limit);

    /// <summary>Standardises some entries of a row in place; the standardisation keeps zeros.</summary>
    /// <param name="columns">The columns of the entries.</param>
    /// <param name="values">The entries.</param>
    public void Apply(ReadOnlySpan<int> columns, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = Math.Clamp(values[i] * Scale[columns[i]], -Limit, Limit);
    }

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
        TensorPrimitives.Subtract(row, offset, row);
        TensorPrimitives.Multiply(row, scale, row);
        TensorPrimitives.Min(row, Limit, row);
        TensorPrimitives.Max(row, -Limit, row);
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
