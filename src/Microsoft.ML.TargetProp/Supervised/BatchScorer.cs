using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Scores many rows at once, with one matrix product per layer and network. One scorer serves one thread; several scorers can share the networks.</summary>
/// <remarks>
/// A network with discrete or stochastic units scores its rows one by one. A matrix product rounds differently than a single row, and the difference
/// could move a unit to the other side of its step.
/// </remarks>
internal sealed class BatchScorer : IDisposable
{
    private readonly Committee _committee;
    private readonly int _columns;
    private readonly int _capacity;
    private readonly SparseEncoding? _encoding;
    private readonly SparseRow?[] _sparse;
    private readonly float[] _scores;
    private readonly RowScorer? _rows;
    private Tensor? _features;

    /// <param name="committee">The networks to score with; not owned.</param>
    /// <param name="members">The same networks in plain arrays.</param>
    /// <param name="capacity">Most rows in a batch.</param>
    public BatchScorer(Committee committee, IReadOnlyList<NetworkSnapshot> members, int capacity)
    {
        _committee = committee;
        _columns = members[0].Columns;
        _capacity = capacity;
        _scores = new float[capacity * committee.Shape.OutputUnits];
        _rows = committee.Members.All(m => m.Shape.Signal.IsContinuous) ? null : new(members);
        var isShared = committee.Members.All(m => m.Encoding == committee.Members[0].Encoding);
        _encoding = _rows is null && isShared && committee.Device.type == DeviceType.CPU ? committee.Members[0].Encoding as SparseEncoding : null;
        _sparse = new SparseRow?[_encoding is null ? 0 : capacity];
        if (_encoding is null)
            _features = NewFeatures();
    }

    /// <summary>The features of row <paramref name="row"/> of the batch, in the user's units.</summary>
    public Span<float> Features(int row)
    {
        if (_encoding is not null)
            _sparse[row] = null;
        return Dense(row);
    }

    /// <summary>Sets the features of row <paramref name="row"/> of the batch without its zeros.</summary>
    /// <param name="row">The place of the row in the batch.</param>
    /// <param name="columns">Columns in ascending order.</param>
    /// <param name="values">Their features, in the user's units.</param>
    public void SetFeatures(int row, ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        var features = SparseRow.Of(columns, values);
        if (_encoding is not null)
            _sparse[row] = features;
        else
            features.CopyTo(Dense(row));
    }

    /// <summary>Scores the first <paramref name="rows"/> rows; read them with <see cref="Scores"/>.</summary>
    public void Score(int rows)
    {
        if (_rows is not null)
        {
            for (var row = 0; row < rows; row++)
                ScoreAlone(_rows, row);
            return;
        }
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var logits = _encoding is not null && _sparse.Take(rows).All(r => r is not null) ? SparseLogits(_encoding, rows) : DenseLogits(rows);
        var scores = _committee.Shape.Output == OutputKind.Softmax ? logits.softmax(1) : logits;
        TensorMemory.Floats(scores.cpu()).CopyTo(_scores);
    }

    /// <summary>Class probabilities (softmax outputs) or log-odds (logistic output) of a scored row; valid until the next batch.</summary>
    public ReadOnlySpan<float> Scores(int row) =>
        _scores.AsSpan(row * _committee.Shape.OutputUnits, _committee.Shape.OutputUnits);

    private Tensor NewFeatures() => empty(_capacity, _columns, dtype: ScalarType.Float32, device: CPU).DetachFromDisposeScope();

    /// <summary>The memory of a dense row. Where rows may be sparse, none is taken before the first dense one.</summary>
    private Span<float> Dense(int row)
    {
        _features ??= NewFeatures();
        return TensorMemory.Floats(_features).Slice(row * _columns, _columns);
    }

    private Tensor SparseLogits(SparseEncoding encoding, int rows) =>
        _committee.Logits(encoding.Encode(new SparseRows(_columns, [.. _sparse.Take(rows).Select(r => r!.Value)])));

    private Tensor DenseLogits(int rows)
    {
        for (var row = 0; row < Math.Min(rows, _sparse.Length); row++)
            _sparse[row]?.CopyTo(Dense(row));
        return _committee.Logits(_features!.narrow(0, 0, rows), areRaw: true);
    }

    private void ScoreAlone(RowScorer scorer, int row)
    {
        Dense(row).CopyTo(scorer.Features);
        var scores = _scores.AsSpan(row * _committee.Shape.OutputUnits, _committee.Shape.OutputUnits);
        if (_committee.Shape.Output == OutputKind.Softmax)
            scorer.Probabilities(scores);
        else
            scorer.Logits().CopyTo(scores);
    }

    public void Dispose() => _features?.Dispose();
}
