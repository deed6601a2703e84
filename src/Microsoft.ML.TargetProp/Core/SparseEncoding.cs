using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The encoding of a wide, sparse table such as text: columns that hardly occur are left out, and each of the others is multiplied by a scale and
/// clamped to ±<see cref="Limit"/>, docs/algorithm.md (12.7). Nothing is subtracted, so zeros stay zeros.
/// </summary>
internal sealed class SparseEncoding : ColumnEncoding
{
    /// <summary>Largest absolute value of an input.</summary>
    public const float Limit = 5f;

    /// <summary>A column that fewer training rows have is left out: it tells one row apart and says nothing about others.</summary>
    public const int MinRows = 2;

    /// <summary>Λ: the length of a row of the mean number of entries, all of the median size.</summary>
    private const double Length = 4;

    /// <summary>Entries of a column that are this many medians or larger are scaled by their own size: a number beside words must not hide them.</summary>
    private const double MostMedians = 4;

    private const int MostEntries = 1 << 18;

    private readonly bool _acceptsGaps;
    private int[]? _inputOf;

    /// <param name="columns">Columns of a row.</param>
    /// <param name="kept">The columns that become inputs, in ascending order.</param>
    /// <param name="scale">The scale of every input.</param>
    /// <param name="acceptsGaps">True when a missing value becomes 0.</param>
    public SparseEncoding(int columns, int[] kept, float[] scale, bool acceptsGaps)
    {
        (Columns, Kept, Scale, _acceptsGaps) = (columns, kept, scale, acceptsGaps);
    }

    public override int Columns { get; }

    public override int Inputs => Kept.Length;

    public override bool AcceptsGaps => _acceptsGaps;

    /// <summary>The column of every input, in ascending order.</summary>
    public int[] Kept { get; }

    public float[] Scale { get; }

    /// <summary>The number of the input that each column becomes, plus one; 0 for a column that is left out.</summary>
    private int[] InputOf
    {
        get
        {
            if (_inputOf is { } known)
                return known;
            var inputs = new int[Columns];
            for (var i = 0; i < Kept.Length; i++)
                inputs[Kept[i]] = i + 1;
            return _inputOf = inputs;
        }
    }

    public override void Apply(ReadOnlySpan<float> row, Span<float> inputs)
    {
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = Encoded(row[Kept[i]], i);
    }

    public override Tensor Encode(Tensor rows, Device device)
    {
        using var scope = NewDisposeScope();
        using var index = tensor(Kept, device: rows.device);
        var inputs = rows.index_select(1, index).mul_(tensor(Scale, device: rows.device)).ClampInPlace(Limit);
        if (_acceptsGaps)
            inputs.nan_to_num_();
        return inputs.to(device).MoveToOuterDisposeScope();
    }

    /// <summary>Encodes sparse rows; new rows.</summary>
    public SparseRows Encode(SparseRows rows)
    {
        const int rowsOfAThread = 256;
        var encoded = new SparseRow[rows.Count];
        OpenMpTeam.RunRanges(rows.Count, rowsOfAThread, (start, count) =>
        {
            var (inputs, values) = (Array.Empty<int>(), Array.Empty<float>());
            for (var r = start; r < start + count; r++)
            {
                var row = rows[r];
                if (inputs.Length < row.Columns.Length)
                    (inputs, values) = (new int[row.Columns.Length], new float[row.Columns.Length]);
                var kept = Encode(row.Columns, row.Values, inputs, values);
                encoded[r] = new(inputs[..kept], values[..kept]);
            }
        });
        return new(Inputs, encoded);
    }

    /// <summary>Encodes the entries of one row.</summary>
    /// <param name="columns">Columns in ascending order.</param>
    /// <param name="values">Their values, in the user's units.</param>
    /// <param name="inputs">Receives the inputs that are not left out, in ascending order.</param>
    /// <param name="encoded">Receives their values.</param>
    /// <returns>The number of inputs.</returns>
    public int Encode(ReadOnlySpan<int> columns, ReadOnlySpan<float> values, Span<int> inputs, Span<float> encoded)
    {
        var (inputOf, kept) = (InputOf, 0);
        for (var i = 0; i < columns.Length; i++)
        {
            var input = inputOf[columns[i]] - 1;
            if (input < 0)
                continue;
            (inputs[kept], encoded[kept]) = (input, Encoded(values[i], input));
            kept++;
        }
        return kept;
    }

    private float Encoded(float value, int input)
    {
        var encoded = Math.Clamp(value * Scale[input], -Limit, Limit);
        return _acceptsGaps && float.IsNaN(encoded) ? 0 : encoded;
    }

    /// <summary>
    /// Learns which columns occur often enough, and their scales: s = Λ / (√n max(m, r / 4)), docs/algorithm.md (12.7). n is the mean number of entries of
    /// a row, m the median size of an entry, and r the root mean square of the column's entries. Where no column occurs often enough, all that
    /// occur are kept.
    /// </summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="acceptsGaps">True when a missing value becomes 0.</param>
    public static SparseEncoding Learn(SparseRows rows, bool acceptsGaps)
    {
        var (counts, squares) = (new int[rows.Columns], new double[rows.Columns]);
        for (var r = 0; r < rows.Count; r++)
        {
            var row = rows[r];
            for (var i = 0; i < row.Columns.Length; i++)
            {
                if (float.IsNaN(row.Values[i]))
                    continue;
                counts[row.Columns[i]]++;
                squares[row.Columns[i]] += (double)row.Values[i] * row.Values[i];
            }
        }
        var least = Array.Exists(counts, count => count >= MinRows) ? MinRows : 1;
        int[] kept = [.. Enumerable.Range(0, rows.Columns).Where(c => counts[c] >= least)];
        if (kept.Length == 0)
            kept = [0];
        var length = Length / Math.Sqrt(Math.Max(1, (double)rows.Entries / Math.Max(1, rows.Count)));
        var median = MedianSize(rows);
        float Scale(int column)
        {
            var size = Math.Max(median, Math.Sqrt(squares[column] / Math.Max(1, counts[column])) / MostMedians);
            return size > 0 ? (float)Math.Min(length / size, float.MaxValue) : 0;
        }
        return new(rows.Columns, kept, Array.ConvertAll(kept, Scale), acceptsGaps);
    }

    /// <summary>The median of the absolute values of the entries, of at most <see cref="MostEntries"/> that are evenly spaced over the rows.</summary>
    private static double MedianSize(SparseRows rows)
    {
        var step = 1 + rows.Entries / MostEntries;
        var (sizes, next) = (new List<float>(), 0L);
        for (var r = 0; r < rows.Count; r++)
        {
            foreach (var value in rows[r].Values)
            {
                if (next++ % step == 0 && !float.IsNaN(value))
                    sizes.Add(Math.Abs(value));
            }
        }
        sizes.Sort();
        return sizes.Count == 0 ? 0 : sizes[sizes.Count / 2];
    }
}
