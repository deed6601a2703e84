using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Scores many rows at once, with one matrix product per layer. One scorer serves one thread; several scorers can share a network.
/// </summary>
/// <remarks>
/// A network with discrete or stochastic units scores its rows one by one. A matrix product rounds differently than a single row, and the difference
/// could move a unit to the other side of its step.
/// </remarks>
internal sealed class BatchScorer : IDisposable
{
    private readonly TargetPropNetwork _network;
    private readonly Tensor _features;
    private readonly float[] _scores;
    private readonly RowScorer? _rows;

    /// <param name="network">The network to score with; not owned.</param>
    /// <param name="snapshot">The same network in plain arrays.</param>
    /// <param name="capacity">Most rows in a batch.</param>
    public BatchScorer(TargetPropNetwork network, NetworkSnapshot snapshot, int capacity)
    {
        _network = network;
        _features = empty(capacity, network.Shape.InputUnits, dtype: ScalarType.Float32, device: CPU).DetachFromDisposeScope();
        _scores = new float[capacity * network.Shape.OutputUnits];
        _rows = network.Shape.Signal.IsContinuous ? null : new(snapshot);
    }

    /// <summary>The features of row <paramref name="row"/> of the batch; fill it before each call of <see cref="Score"/>, which overwrites it.</summary>
    public Span<float> Features(int row)
    {
        var columns = _network.Shape.InputUnits;
        return MemoryMarshal.Cast<byte, float>(_features.bytes).Slice(row * columns, columns);
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
        var features = _features.narrow(0, 0, rows).to(_network.Device);
        _network.Standardization?.Apply(features);
        var logits = _network.Logits(features);
        var scores = _network.Shape.Output == OutputKind.Softmax ? logits.softmax(1) : logits;
        MemoryMarshal.Cast<byte, float>(scores.cpu().bytes).CopyTo(_scores);
    }

    /// <summary>Class probabilities (softmax outputs) or log-odds (logistic output) of a scored row; valid until the next batch.</summary>
    public ReadOnlySpan<float> Scores(int row) =>
        _scores.AsSpan(row * _network.Shape.OutputUnits, _network.Shape.OutputUnits);

    private void ScoreAlone(RowScorer scorer, int row)
    {
        Features(row).CopyTo(scorer.Features);
        var scores = _scores.AsSpan(row * _network.Shape.OutputUnits, _network.Shape.OutputUnits);
        if (_network.Shape.Output == OutputKind.Softmax)
            scorer.Probabilities(scores);
        else
            scorer.Logits().CopyTo(scores);
    }

    public void Dispose() => _features.Dispose();
}
