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

/// <summary>The rows of a training in random parts of about equal size.</summary>
internal sealed class RowParts
{
    private readonly byte[] _parts;

    /// <param name="rows">Number of rows.</param>
    /// <param name="parts">Number of parts, 2 to 255.</param>
    /// <param name="seed">Chooses the parts.</param>
    public RowParts(long rows, int parts, int seed)
    {
        Count = parts;
        _parts = new byte[rows];
        for (var row = 0; row < _parts.Length; row++)
            _parts[row] = (byte)(row % parts);
        new Random(seed).Shuffle(_parts);
    }

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
