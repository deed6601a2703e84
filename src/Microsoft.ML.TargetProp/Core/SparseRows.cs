using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>A row of a wide table without its zeros.</summary>
/// <param name="Columns">The columns that are not zero, in ascending order.</param>
/// <param name="Values">Their values.</param>
internal readonly record struct SparseRow(int[] Columns, float[] Values)
{
    /// <summary>The row without entries that are zero.</summary>
    /// <param name="columns">Columns in ascending order.</param>
    /// <param name="values">Their values.</param>
    public static SparseRow Of(ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        var zeros = 0;
        foreach (var value in values)
            zeros += value == 0 ? 1 : 0;
        return zeros == 0 ? new(columns.ToArray(), values.ToArray()) : Gather(values.Length - zeros, columns, values);
    }

    /// <summary>The row without its zeros.</summary>
    public static SparseRow Of(ReadOnlySpan<float> values)
    {
        var columns = new List<int>();
        for (var c = 0; c < values.Length; c++)
        {
            if (values[c] != 0)
                columns.Add(c);
        }
        var kept = new float[columns.Count];
        for (var i = 0; i < kept.Length; i++)
            kept[i] = values[columns[i]];
        return new([.. columns], kept);
    }

    /// <summary>Writes the row with its zeros.</summary>
    public void CopyTo(Span<float> row)
    {
        row.Clear();
        for (var i = 0; i < Columns.Length; i++)
            row[Columns[i]] = Values[i];
    }

    private static SparseRow Gather(int count, ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        var row = new SparseRow(new int[count], new float[count]);
        var next = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] == 0)
                continue;
            (row.Columns[next], row.Values[next]) = (columns[i], values[i]);
            next++;
        }
        return row;
    }
}

/// <summary>
/// The rows of a wide table, each without its zeros. Rows are selected by reference and never copied.
/// </summary>
/// <param name="columns">The length of a row with its zeros.</param>
/// <param name="rows">The rows.</param>
internal sealed class SparseRows(int columns, IReadOnlyList<SparseRow> rows)
{
    /// <summary>Narrower tables are kept dense: their first layer costs little, and standardised columns learn better.</summary>
    public const int MinColumns = 1000;

    private SparseColumns? _byColumn;

    public int Columns { get; } = columns;

    public int Count => rows.Count;

    public SparseRow this[int row] => rows[row];

    /// <summary>The number of entries that are not zero.</summary>
    public long Entries { get; } = rows.Sum(r => (long)r.Columns.Length);

    /// <summary>The same entries, column by column.</summary>
    public SparseColumns ByColumn => _byColumn ??= SparseColumns.Of(this);

    /// <summary>The part of all entries that are not zero.</summary>
    public double Density => Count == 0 ? 0 : (double)Entries / Count / Columns;

    /// <summary>Some rows, in the order given.</summary>
    public SparseRows Select(ReadOnlySpan<int> indices)
    {
        var some = new SparseRow[indices.Length];
        for (var i = 0; i < some.Length; i++)
            some[i] = rows[indices[i]];
        return new(Columns, some);
    }

    /// <inheritdoc cref="Select(ReadOnlySpan{int})"/>
    public SparseRows Select(ReadOnlySpan<long> indices)
    {
        var some = new SparseRow[indices.Length];
        for (var i = 0; i < some.Length; i++)
            some[i] = rows[(int)indices[i]];
        return new(Columns, some);
    }

    /// <summary>The rows from <paramref name="start"/> on.</summary>
    public SparseRows Slice(int start, int count)
    {
        var some = new SparseRow[count];
        for (var i = 0; i < count; i++)
            some[i] = rows[start + i];
        return new(Columns, some);
    }

    /// <summary>The rows with entries left out at random, and the others divided by the part that is kept; new rows.</summary>
    /// <param name="probability">Probability that an entry is left out.</param>
    /// <param name="random">Draws the entries.</param>
    public SparseRows Drop(double probability, RandomSource random)
    {
        using var like = empty(Entries, dtype: ScalarType.Float32, device: CPU);
        using var draws = random.BernoulliLike(like, 1 - probability);
        var stays = TensorMemory.Floats(draws);
        var (entry, factor) = (0, (float)(1 / (1 - probability)));
        var left = new SparseRow[Count];
        for (var r = 0; r < Count; r++)
        {
            var row = rows[r];
            var values = new float[row.Values.Length];
            for (var i = 0; i < values.Length; i++)
                values[i] = row.Values[i] * factor * stays[entry++];
            left[r] = SparseRow.Of(row.Columns, values);
        }
        return new(Columns, left);
    }

    /// <summary>The rows with their zeros, <c>[rows, columns]</c>, in the processor's memory.</summary>
    public Tensor ToTensor()
    {
        var tensor = zeros(Count, Columns, dtype: ScalarType.Float32, device: CPU);
        for (var r = 0; r < Count; r++)
        {
            using var target = tensor[r];
            rows[r].CopyTo(TensorMemory.Floats(target));
        }
        return tensor;
    }
}

/// <summary>The entries of some sparse rows column by column: columns that are zero in all of them do not occur.</summary>
internal sealed class SparseColumns
{
    /// <summary>All zeros between calls; each thread has its own.</summary>
    [ThreadStatic]
    private static int[]? _scratch;

    private readonly int[] _starts;
    private readonly int[] _rows;
    private readonly float[] _values;

    private SparseColumns(int[] columns, int[] starts, int[] rows, float[] values) => (Columns, _starts, _rows, _values) = (columns, starts, rows, values);

    /// <summary>The columns that occur, in the order of their first occurrence.</summary>
    public int[] Columns { get; }

    /// <summary>The rows in which column number <paramref name="index"/> occurs.</summary>
    public ReadOnlySpan<int> Rows(int index) => _rows.AsSpan(_starts[index], _starts[index + 1] - _starts[index]);

    /// <summary>The values of column number <paramref name="index"/> in <see cref="Rows"/>.</summary>
    public ReadOnlySpan<float> Values(int index) => _values.AsSpan(_starts[index], _starts[index + 1] - _starts[index]);

    public static SparseColumns Of(SparseRows rows)
    {
        if (_scratch is null || _scratch.Length < rows.Columns)
            _scratch = new int[rows.Columns];
        // First the number of every column plus one, in the order of occurrence.
        var numbers = _scratch;
        var columns = new List<int>();
        var counts = new List<int>();
        for (var r = 0; r < rows.Count; r++)
        {
            foreach (var column in rows[r].Columns)
            {
                ref var number = ref numbers[column];
                if (number == 0)
                {
                    columns.Add(column);
                    counts.Add(0);
                    number = columns.Count;
                }
                CollectionsMarshal.AsSpan(counts)[number - 1]++;
            }
        }
        var starts = new int[columns.Count + 1];
        for (var c = 0; c < columns.Count; c++)
            starts[c + 1] = starts[c] + counts[c];
        var next = starts[..^1];
        var (places, values) = (new int[starts[^1]], new float[starts[^1]]);
        for (var r = 0; r < rows.Count; r++)
        {
            var row = rows[r];
            for (var i = 0; i < row.Columns.Length; i++)
            {
                var place = next[numbers[row.Columns[i]] - 1]++;
                (places[place], values[place]) = (r, row.Values[i]);
            }
        }
        foreach (var column in columns)
            numbers[column] = 0;
        return new([.. columns], starts, places, values);
    }
}
