using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>An encoding with a code of its own for each column.</summary>
/// <param name="codes">The codes, one for each column.</param>
/// <param name="acceptsGaps">False when a missing value makes all inputs of its row NaN.</param>
internal sealed class TableEncoding(IReadOnlyList<ColumnCode> codes, bool acceptsGaps = true) : ColumnEncoding
{
    /// <summary>Quantiles are taken from at most this many rows, evenly spaced over the table: memory does not grow with the table.</summary>
    private const int MostRows = 1 << 18;

    /// <summary>Fewer inputs are encoded on the calling thread: calling a second one costs a good part of the work.</summary>
    private const int MinInputsOfAThread = 1 << 16;

    private readonly ColumnCode[] _codes = [.. codes];

    public IReadOnlyList<ColumnCode> Codes => _codes;

    public override int Columns => _codes.Length;

    public override int Inputs { get; } = codes.Sum(c => c.Inputs);

    public override bool AcceptsGaps => acceptsGaps;

    public override void Apply(ReadOnlySpan<float> row, Span<float> inputs)
    {
        if (!acceptsGaps && float.IsNaN(TensorPrimitives.Max(row)))
        {
            inputs.Fill(float.NaN);
            return;
        }
        for (var c = 0; c < _codes.Length; c++)
        {
            var code = _codes[c];
            code.Apply(row[c], inputs[..code.Inputs]);
            inputs = inputs[code.Inputs..];
        }
    }

    public override Tensor Encode(Tensor rows, Device device)
    {
        using var scope = NewDisposeScope();
        var source = rows.cpu().contiguous();
        var count = (int)rows.shape[0];
        var encoded = empty(count, Inputs, dtype: ScalarType.Float32, device: CPU);
        OpenMpTeam.RunRanges(count, MinInputsOfAThread / Inputs, (start, length) =>
        {
            var from = TensorMemory.Floats(source);
            var to = TensorMemory.Floats(encoded);
            for (var r = start; r < start + length; r++)
                Apply(from.Slice(r * Columns, Columns), to.Slice(r * Inputs, Inputs));
        });
        return encoded.to(device).MoveToOuterDisposeScope();
    }

    /// <summary>Learns the codes of all columns, one column after the other.</summary>
    /// <param name="features"><c>[rows, columns]</c>, in the user's units, in the processor's memory; NaN for gaps.</param>
    /// <param name="pieces">Pieces of a column with many values, 2 or more; null to clip values smoothly instead.</param>
    /// <param name="acceptsGaps">See the constructor.</param>
    public static TableEncoding Learn(Tensor features, int? pieces, bool acceptsGaps = true)
    {
        using var scope = NewDisposeScope();
        var sample = EvenlySpaced(features).t();
        var hasGaps = HasGaps(features);
        var codes = new ColumnCode[hasGaps.Length];
        for (var c = 0; c < codes.Length; c++)
        {
            float[] values = [.. sample[c].ToFloats().Where(v => !float.IsNaN(v))];
            Array.Sort(values);
            codes[c] = Learn(values, hasGaps[c], pieces);
        }
        return OrOneInput(codes, acceptsGaps);
    }

    /// <summary>Standardised columns in which a gap that training saw has an input of its own.</summary>
    /// <param name="standardization">The standardisation.</param>
    /// <param name="features">The training rows, as in <see cref="Learn(Tensor, int?, bool)"/>.</param>
    public static TableEncoding Of(Standardization standardization, Tensor features) => OrOneInput(
        [.. HasGaps(features).Select((gaps, c) => new ColumnCode(ColumnForm.Standardized, gaps, standardization.Offset[c], standardization.Scale[c], []))], acceptsGaps: true);

    /// <summary>Whether each column has a missing value.</summary>
    public static bool[] HasGaps(Tensor features)
    {
        using var scope = NewDisposeScope();
        // A minimum over NaN is NaN, and it needs no memory for a mask.
        return features.amin(0).isnan().data<bool>().ToArray();
    }

    /// <summary>Columns that have more than two values and may become pieces; counting ends at <paramref name="most"/>.</summary>
    public static int CountMeasured(Tensor features, int most)
    {
        using var scope = NewDisposeScope();
        var sample = EvenlySpaced(features).t();
        var measured = 0;
        for (var c = 0L; c < sample.shape[0] && measured < most; c++)
            measured += HasThreeValues(sample[c].ToFloats()) ? 1 : 0;
        return measured;
    }

    private static Tensor EvenlySpaced(Tensor features)
    {
        var rows = features.shape[0];
        if (rows <= MostRows)
            return features;
        var index = new long[MostRows];
        for (var i = 0L; i < MostRows; i++)
            index[i] = i * rows / MostRows;
        return features.index_select(0, tensor(index));
    }

    /// <summary>A network needs an input, even when all columns are constant.</summary>
    private static TableEncoding OrOneInput(ColumnCode[] codes, bool acceptsGaps)
    {
        if (codes.All(code => code.Inputs == 0))
            codes[0] = new(ColumnForm.Flag, codes[0].HasGaps, codes[0].Offset, Scale: 0, []);
        return new(codes, acceptsGaps);
    }

    private static ColumnCode Learn(ReadOnlySpan<float> sorted, bool hasGaps, int? pieces)
    {
        if (sorted.IsEmpty || sorted[0] == sorted[^1])
            return new(ColumnForm.Omitted, hasGaps, sorted.IsEmpty ? 0 : sorted[0], 0, []);
        var (lowest, highest, median) = (sorted[0], sorted[^1], Quantile(sorted, 0.5));
        if (CountDistinct(sorted, 3) == 2)
            return new(ColumnForm.Flag, hasGaps, (float)(((double)lowest + highest) / 2), Reciprocal(((double)highest - lowest) / 2), []);
        if (pieces is { } most)
            return new(ColumnForm.Pieces, hasGaps, median, 0, Edges(sorted, most));
        var spread = (double)Quantile(sorted, 0.75) - Quantile(sorted, 0.25);
        return new(ColumnForm.Clipped, hasGaps, median, Reciprocal(spread > 0 ? spread : ((double)highest - lowest) / 2), []);
    }

    /// <summary>
    /// The edges of the pieces. A column of few values has an edge at each. Otherwise edges are quantiles in which a single value counts for at most
    /// one piece: where most rows have the same value, such as 0, plain quantiles would all fall on it.
    /// </summary>
    private static float[] Edges(ReadOnlySpan<float> sorted, int pieces)
    {
        var areFew = CountDistinct(sorted, pieces + 2) <= pieces + 1;
        var most = areFew ? 1 : (double)sorted.Length / pieces;
        var groups = new List<(float Value, double Weight)>();
        for (var start = 0; start < sorted.Length;)
        {
            var end = start;
            while (end < sorted.Length && sorted[end] == sorted[start])
                end++;
            groups.Add((sorted[start], Math.Min(end - start, most)));
            start = end;
        }
        if (areFew)
            return [.. groups.Select(g => g.Value)];
        var (total, sum, next) = (groups.Sum(g => g.Weight), 0.0, 1);
        var edges = new List<float> { groups[0].Value };
        foreach (var (value, weight) in groups)
        {
            sum += weight;
            for (; next < pieces && sum >= total * next / pieces; next++)
            {
                if (value > edges[^1])
                    edges.Add(value);
            }
        }
        if (sorted[^1] > edges[^1])
            edges.Add(sorted[^1]);
        return [.. edges];
    }

    private static float Quantile(ReadOnlySpan<float> sorted, double part) => sorted[(int)Math.Round(part * (sorted.Length - 1))];

    /// <summary>The number of distinct values, or <paramref name="most"/> when there are at least that many.</summary>
    private static int CountDistinct(ReadOnlySpan<float> sorted, int most)
    {
        var count = 1;
        for (var i = 1; i < sorted.Length && count < most; i++)
        {
            if (sorted[i] != sorted[i - 1])
                count++;
        }
        return count;
    }

    private static bool HasThreeValues(ReadOnlySpan<float> values)
    {
        var (first, second) = (float.NaN, float.NaN);
        foreach (var value in values)
        {
            if (float.IsNaN(value) || value == first || value == second)
                continue;
            if (!float.IsNaN(second))
                return true;
            (first, second) = (value, first);
        }
        return false;
    }

    /// <summary>1 / <paramref name="spread"/>, held to the range of a float.</summary>
    private static float Reciprocal(double spread) => (float)Math.Min(1 / spread, float.MaxValue);
}
