namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>One network of a committee before its training: its shape, its inputs, and where its training differs from that of the others.</summary>
/// <param name="Shape">Its shape. The outputs are those of every member.</param>
/// <param name="Encoding">Makes its inputs; null when it reads raw features.</param>
/// <param name="WeightDecay">Its weight decay.</param>
/// <param name="InputDropout">The probability that one of its inputs is set to zero.</param>
internal sealed record MemberPlan(NetworkShape Shape, ColumnEncoding? Encoding, double WeightDecay, double InputDropout)
{
    /// <summary>The candidate that it stands for, from 0. Members of one candidate differ in the rows that they leave out, and in their first weights.</summary>
    public int Candidate { get; init; }

    /// <summary>The part of the rows that it does not learn from, see <see cref="RowParts"/>; null when it learns from all rows.</summary>
    public int? LeftOut { get; init; }
}

/// <summary>
/// The rows of a training in random parts of about equal size, each with about as many rows of every class. Equal rows are in the same part: a copy of a
/// row that a network has learned from would say nothing about others.
/// </summary>
internal sealed class RowParts
{
    private readonly byte[] _parts;

    /// <param name="keys">A key of every row; equal rows have the same.</param>
    /// <param name="classes">The class of every row.</param>
    /// <param name="parts">Number of parts, 2 to 255.</param>
    /// <param name="seed">Chooses the parts.</param>
    public RowParts(IReadOnlyList<ulong> keys, IReadOnlyList<float> classes, int parts, int seed)
    {
        Count = parts;
        var first = Enumerable.Range(0, keys.Count).DistinctBy(row => keys[row]).ToArray();
        Distinct = first.Length;
        new Random(seed).Shuffle(first);
        var partOf = first.OrderBy(row => classes[row]).Select((row, place) => (Key: keys[row], Part: (byte)(place % parts))).ToDictionary(p => p.Key, p => p.Part);
        _parts = [.. keys.Select(key => partOf[key])];
    }

    /// <summary>Number of different rows.</summary>
    public int Distinct { get; }

    /// <summary>Number of parts.</summary>
    public int Count { get; }

    /// <summary>The rows of a part, ascending.</summary>
    public long[] In(int part) => [.. Enumerable.Range(0, _parts.Length).Where(row => _parts[row] == part).Select(row => (long)row)];

    /// <summary>The places in a list of rows whose row is not in a part.</summary>
    public long[] PlacesOutside(ReadOnlySpan<long> rows, int part)
    {
        var places = new List<long>(rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            if (_parts[rows[i]] != part)
                places.Add(i);
        }
        return [.. places];
    }
}
