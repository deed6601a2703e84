using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Rows that are read from a cursor and scored together, for the scorers of a <see cref="LookaheadCursor"/>.</summary>
internal sealed class ScoredBatch : IDisposable
{
    private readonly IHost _host;
    private readonly ValueGetter<VBuffer<float>> _getFeatures;
    private readonly string _column;
    private readonly int _length;
    private readonly SharedDeviceModel<Committee>.Lease _lease;
    private readonly BatchScorer _scorer;
    private VBuffer<float> _features;

    /// <param name="host">The source of exceptions.</param>
    /// <param name="input">The cursor.</param>
    /// <param name="feature">The feature column of the cursor.</param>
    /// <param name="model">The model; it stays on its device until the batch is disposed.</param>
    /// <param name="capacity">Most rows in the batch.</param>
    public ScoredBatch(IHost host, DataViewRow input, DataViewSchema.Column feature, ClassifierModel model, int capacity)
    {
        _host = host;
        _getFeatures = input.GetGetter<VBuffer<float>>(feature);
        _column = feature.Name;
        _length = model.Network.Columns;
        Capacity = capacity;
        _lease = model.Take();
        _scorer = new(_lease.Value, model.Members, capacity);
    }

    public int Capacity { get; }

    /// <summary>Reads the features of the cursor's row into a slot.</summary>
    public void Read(int slot)
    {
        _getFeatures(ref _features);
        if (_features.IsDense)
        {
            VectorColumn.CopyTo(_host, in _features, _scorer.Features(slot), _column);
            return;
        }
        VectorColumn.CheckLength(_host, in _features, _length, _column);
        _scorer.SetFeatures(slot, _features.GetIndices(), _features.GetValues());
    }

    public void Compute(int rows) => _scorer.Score(rows);

    /// <summary>The scores of a row, valid until the next batch.</summary>
    public ReadOnlySpan<float> Scores(int slot) => _scorer.Scores(slot);

    public void Dispose()
    {
        _scorer.Dispose();
        _lease.Dispose();
    }
}
