using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The encoding of a wide, sparse table such as text: columns that hardly occur are left out, and each of the others is multiplied by a scale and
/// clamped to ±<see cref="Limit"/>, docs/algorithm.md (12.6). Nothing is subtracted, so zeros stay zeros.
/// </summary>
internal sealed class SparseEncoding : ColumnEncoding
{
    /// <summary>Largest absolute value of an input.</summary>
    public const float Limit = 5f;

    /// <summary>A column that fewer training rows have is left out: it tells one row apart and says nothing about others.</summary>
    public const int MinRows = 2;

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

    public override Tensor Encode(Tensor rows)
    {
        using var scope = NewDisposeScope();
        using var index = tensor(Kept, device: rows.device);
        var inputs = rows.index_select(1, index).mul_(tensor(Scale, device: rows.device)).ClampInPlace(Limit);
        if (_acceptsGaps)
            inputs.nan_to_num_();
        return inputs.MoveToOuterDisposeScope();
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

    /// <summary>Learns which columns occur often enough, and their scales.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="acceptsGaps">True when a missing value becomes 0.</param>
    public static SparseEncoding Learn(SparseRows rows, bool acceptsGaps)
    {
        double E(string n, double d) => Environment.GetEnvironmentVariable(n) is { Length: > 0 } v ? double.Parse(v, System.Globalization.CultureInfo.InvariantCulture) : d;
        var df = new int[rows.Columns]; var sq = 0.0; var max = new float[rows.Columns];
        for (var r = 0; r < rows.Count; r++)
        {
            for (var i = 0; i < rows[r].Columns.Length; i++) { var c = rows[r].Columns[i]; df[c]++; sq += (double)rows[r].Values[i] * rows[r].Values[i]; max[c] = Math.Max(max[c], Math.Abs(rows[r].Values[i])); }
        }
        var mode = E("SMODE", 1); var sc = E("SC", 4); var mindf = E("MINDF", 2); var norm = Math.Sqrt(sq / rows.Count);
        var kept = new List<int>(); var scale = new List<float>();
        for (var c = 0; c < rows.Columns; c++)
        {
            if (df[c] < mindf) continue;
            kept.Add(c);
            scale.Add((float)(mode == 0 ? sc / max[c] : mode == 1 ? sc / norm : sc / norm * Math.Log((1.0 + rows.Count) / (1 + df[c]))));
        }
        if (E("LOG", 0) > 0) Console.Error.WriteLine($"TargetProp kept {kept.Count} of {rows.Columns}");
        return new(rows.Columns, [.. kept], [.. scale], acceptsGaps);
    }
}
