using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// The features of the rows of a data view, copied out of it. A wide column whose rows arrive sparse is kept sparse as long as few entries are not
/// zero; any other column is kept dense.
/// </summary>
/// <param name="host">The source of messages and exceptions.</param>
/// <param name="feature">The column.</param>
internal sealed class FeatureTable(IHost host, DataViewSchema.Column feature)
{
    /// <summary>
    /// With a larger part of entries that are not zero, a dense product is as fast: it computes 10 to 20 products in the time of one that looks
    /// its column up.
    /// </summary>
    public const double MaxDensity = 0.05;

    /// <summary>The part of entries that are not zero is judged from this many rows on, so that a few long rows at the beginning do not decide.</summary>
    private const int MinRowsToJudge = 100;

    private readonly int _columns = feature.Type.GetVectorSize();
    private readonly List<SparseRow> _sparse = [];
    private VectorTable? _dense;
    private long _entries;

    public int Rows => _dense?.Rows ?? _sparse.Count;

    /// <summary>Adds a row.</summary>
    /// <param name="row">The features.</param>
    /// <param name="number">The number of the row, from 1.</param>
    /// <param name="check">Looks at the values.</param>
    public void Add(in VBuffer<float> row, long number, VectorCheck check)
    {
        if (_dense is null && (_columns < SparseRows.MinColumns || (_sparse.Count == 0 && row.IsDense)))
            _dense = new(_columns);
        if (_dense is not null)
        {
            var values = _dense.Add();
            VectorColumn.CopyTo(host, in row, values, feature.Name, number);
            check.Look(values, number);
            return;
        }
        VectorColumn.CheckLength(host, in row, _columns, feature.Name, number);
        check.Look(row.GetValues(), row.IsDense ? [] : row.GetIndices(), number);
        var added = row.IsDense ? SparseRow.Of(row.GetValues()) : SparseRow.Of(row.GetIndices(), row.GetValues());
        _sparse.Add(added);
        _entries += added.Columns.Length;
        if (_sparse.Count >= MinRowsToJudge && _entries > MaxDensity * _columns * _sparse.Count)
            MakeDense();
    }

    /// <summary>Moves the rows out. The table is empty afterwards.</summary>
    /// <returns>Dense rows, <c>[rows, columns]</c>, or sparse rows; the other is null.</returns>
    public (Tensor? Dense, SparseRows? Sparse) Move()
    {
        if (_dense is null && _entries > MaxDensity * _columns * _sparse.Count)
            MakeDense();
        return _dense is null ? (null, new SparseRows(_columns, _sparse.ToArray())) : (_dense.MoveToTensor(), null);
    }

    private void MakeDense()
    {
        var bytes = (double)_sparse.Count * _columns * sizeof(float);
        var found = string.Create(CultureInfo.InvariantCulture,
            $"Column '{feature.Name}' arrives sparse, but {100.0 * _entries / _columns / _sparse.Count:0.##} % of its entries are not zero, more than {100 * MaxDensity:0} %. " +
            $"Its rows are kept with their zeros, {_columns * sizeof(float) / 1024.0:0.#} KB each.");
        if (bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw host.Except($"{found} They take more than the memory of this machine. Select fewer slots, for example with mlContext.Transforms.FeatureSelection.SelectFeaturesBasedOnCount.");
        using (var channel = host.Start("Dense rows"))
            channel.Info("{0}", found);
        _dense = new(_columns);
        foreach (var row in _sparse)
            row.CopyTo(_dense.Add());
        _sparse.Clear();
    }
}

/// <summary>Says what a dense copy of sparse rows takes before it is made.</summary>
internal static class DenseCopy
{
    /// <summary>Smaller copies are not worth a message.</summary>
    private const long LargeBytes = 1 << 30;

    /// <summary>Sparse rows with their zeros.</summary>
    /// <param name="host">The source of messages and exceptions.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="column">The name of the column.</param>
    /// <param name="reason">Why sparse rows do not do, a clause.</param>
    /// <exception cref="InvalidOperationException">The copy is larger than the memory.</exception>
    public static Tensor Of(IHost host, SparseRows rows, string column, string reason)
    {
        var bytes = (long)rows.Count * rows.Columns * sizeof(float);
        var size = string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / (1 << 30):0.0} GB");
        var found = $"Column '{column}' is sparse ({rows.Count} rows of {rows.Columns} slots, {100 * rows.Density:0.##} % of them not zero), but {reason}.";
        const string remedy = "Change that option, or select fewer slots, for example with mlContext.Transforms.FeatureSelection.SelectFeaturesBasedOnCount.";
        if (bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw host.Except($"{found} A dense copy takes {size}, more than the memory of this machine. {remedy}");
        using var channel = host.Start("Dense copy");
        if (bytes >= LargeBytes)
            channel.Warning("{0}", $"{found} A dense copy takes {size}. {remedy}");
        else
            channel.Info("{0}", $"{found} A dense copy takes {size}.");
        return rows.ToTensor();
    }
}
