using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Scores one row at a time in vectorised C#. A call into the native library would cost more than the arithmetic of one row, and it would allocate. One
/// scorer serves one thread; several scorers can share a <see cref="NetworkSnapshot"/>.
/// </summary>
internal sealed class RowScorer
{
    private readonly NetworkSnapshot _network;
    private readonly PassThresholds? _thresholds;
    private readonly float[] _input;
    private readonly bool _takesSparseRows;
    private readonly float[][] _activities;
    private readonly float[] _sent;
    private readonly float[] _passes;

    public RowScorer(NetworkSnapshot network)
    {
        _network = network;
        var shape = network.Shape;
        _thresholds = shape.Signal.IsStochastic ? new(shape) : null;
        _input = new float[shape.InputUnits];
        _takesSparseRows = network.TakesSparseRows;
        _activities = [.. network.Forward.Select(m => new float[m.Shape.Outputs])];
        _sent = new float[shape.Signal.IsContinuous ? 0 : shape.HiddenUnits.Max()];
        _passes = new float[shape.Signal.IsStochastic ? shape.Signal.Passes * shape.OutputUnits : 0];
    }

    /// <summary>The features of the row to score; fill it before each call of <see cref="Logits()"/>, which overwrites it.</summary>
    public Span<float> Features => _input;

    /// <summary>
    /// The logits of the row in <see cref="Features"/>, valid until the next call. For stochastic units they are the average over the prediction passes
    /// (<see cref="PassAverage"/>).
    /// </summary>
    public ReadOnlySpan<float> Logits()
    {
        _network.Standardization?.Apply(_input);
        Apply(0, _input);
        return LogitsFromFirst();
    }

    /// <summary>The logits of a row without its zeros, valid until the next call.</summary>
    /// <param name="columns">Columns in ascending order.</param>
    /// <param name="values">Their features.</param>
    public ReadOnlySpan<float> Logits(ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        if (!_takesSparseRows)
        {
            _input.AsSpan().Clear();
            for (var i = 0; i < columns.Length; i++)
                _input[columns[i]] = values[i];
            return Logits();
        }
        // The memory of the dense row is free for the standardised entries.
        var inputs = _input.AsSpan(0, values.Length);
        values.CopyTo(inputs);
        _network.Standardization?.Apply(columns, inputs);
        SparseProducts.WeightedSum(columns, inputs, _network.Forward[0].WeightByInput, _activities[0]);
        TensorPrimitives.Add(_activities[0], _network.Forward[0].Bias, _activities[0]);
        Activate(0);
        return LogitsFromFirst();
    }

    private ReadOnlySpan<float> LogitsFromFirst()
    {
        var logits = _activities[^1];
        if (_thresholds is null)
        {
            Forward(pass: 0);
            return logits;
        }
        for (var pass = 0; pass < _network.Shape.Signal.Passes; pass++)
        {
            Forward(pass);
            logits.CopyTo(_passes, pass * logits.Length);
        }
        PassAverage.Of(_network.Shape.Output, _passes, logits);
        return logits;
    }

    /// <summary>Class probabilities of the row in <see cref="Features"/>.</summary>
    public void Probabilities(Span<float> probabilities) => Softmax(Logits(), probabilities);

    /// <summary>exp(a_k) / Σ exp(a_j), shifted by the largest logit to avoid an overflow; NaN stays NaN.</summary>
    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), probabilities);
        TensorPrimitives.Exp(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, TensorPrimitives.Sum(probabilities), probabilities);
    }

    /// <summary>The way from the first hidden layer to the output. The output layer reads the activities of the last hidden layer themselves.</summary>
    private void Forward(int pass)
    {
        for (var i = 1; i < _activities.Length; i++)
            Apply(i, i < _activities.Length - 1 ? Sent(i, pass) : _activities[i - 1]);
    }

    /// <summary>The signal of hidden layer <paramref name="layer"/>, from 1.</summary>
    private ReadOnlySpan<float> Sent(int layer, int pass)
    {
        var activities = _activities[layer - 1];
        if (_network.Shape.Signal.IsContinuous)
            return activities;
        var sent = _sent.AsSpan(0, activities.Length);
        if (_thresholds is null)
            _network.Shape.Signal.Discretize(activities, sent);
        else
            HiddenSignal.Sample(activities, _thresholds.Of(layer, pass), sent);
        return sent;
    }

    private void Apply(int index, ReadOnlySpan<float> below)
    {
        var map = _network.Forward[index];
        var above = _activities[index].AsSpan();
        Affine(map, below, above);
        Activate(index);
    }

    private void Activate(int index)
    {
        var above = _activities[index].AsSpan();
        _network.Forward[index].Shape.Activation.Apply(above);
        if (index < _network.Normalization.Count)
            _network.Normalization[index].Apply(above);
    }

    private static void Affine(MapSnapshot map, ReadOnlySpan<float> below, Span<float> above)
    {
        var weight = map.Weight.AsSpan();
        for (var unit = 0; unit < above.Length; unit++)
            above[unit] = map.Bias[unit] + TensorPrimitives.Dot(weight.Slice(unit * below.Length, below.Length), below);
    }
}

/// <summary>Scores many rows at once, with one matrix product per layer. One scorer serves one thread; several scorers can share a network.</summary>
/// <remarks>
/// A network with discrete or stochastic units scores its rows one by one. A matrix product rounds differently than a single row, and the difference
/// could move a unit to the other side of its step.
/// </remarks>
internal sealed class BatchScorer : IDisposable
{
    private readonly TargetPropNetwork _network;
    private readonly int _capacity;
    private readonly SparseRow?[] _sparse;
    private readonly float[] _scores;
    private readonly RowScorer? _rows;
    private Tensor? _features;

    /// <param name="network">The network to score with; not owned.</param>
    /// <param name="snapshot">The same network in plain arrays.</param>
    /// <param name="capacity">Most rows in a batch.</param>
    public BatchScorer(TargetPropNetwork network, NetworkSnapshot snapshot, int capacity)
    {
        _network = network;
        _capacity = capacity;
        _sparse = new SparseRow?[network.TakesSparseRows ? capacity : 0];
        _scores = new float[capacity * network.Shape.OutputUnits];
        _rows = network.Shape.Signal.IsContinuous ? null : new(snapshot);
    }

    /// <summary>The features of row <paramref name="row"/> of the batch; fill it before each call of <see cref="Score"/>, which overwrites it.</summary>
    public Span<float> Features(int row)
    {
        if (_sparse.Length > 0)
            _sparse[row] = null;
        return Dense(row);
    }

    /// <summary>Sets the features of row <paramref name="row"/> of the batch without its zeros.</summary>
    /// <param name="row">The place of the row in the batch.</param>
    /// <param name="columns">Columns in ascending order.</param>
    /// <param name="values">Their features.</param>
    public void SetFeatures(int row, ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        var features = SparseRow.Of(columns, values);
        if (_sparse.Length > 0)
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
        var logits = _sparse.Length > 0 && _sparse.Take(rows).All(r => r is not null) ? SparseLogits(rows) : DenseLogits(rows);
        var scores = _network.Shape.Output == OutputKind.Softmax ? logits.softmax(1) : logits;
        TensorMemory.Floats(scores.cpu()).CopyTo(_scores);
    }

    /// <summary>Class probabilities (softmax outputs) or log-odds (logistic output) of a scored row; valid until the next batch.</summary>
    public ReadOnlySpan<float> Scores(int row) =>
        _scores.AsSpan(row * _network.Shape.OutputUnits, _network.Shape.OutputUnits);

    /// <summary>The memory of a dense row. None is taken while all rows are sparse.</summary>
    private Span<float> Dense(int row)
    {
        var columns = _network.Shape.InputUnits;
        _features ??= empty(_capacity, columns, dtype: ScalarType.Float32, device: CPU).DetachFromDisposeScope();
        return TensorMemory.Floats(_features).Slice(row * columns, columns);
    }

    private Tensor SparseLogits(int rows)
    {
        var features = new SparseRows(_network.Shape.InputUnits, [.. _sparse.Take(rows).Select(r => r!.Value)]);
        return _network.Logits(_network.Standardization?.Apply(features) ?? features);
    }

    private Tensor DenseLogits(int rows)
    {
        for (var row = 0; row < Math.Min(rows, _sparse.Length); row++)
            _sparse[row]?.CopyTo(Dense(row));
        var features = _features!.narrow(0, 0, rows).to(_network.Device);
        _network.Standardization?.Apply(features);
        return _network.Logits(features);
    }

    private void ScoreAlone(RowScorer scorer, int row)
    {
        Dense(row).CopyTo(scorer.Features);
        var scores = _scores.AsSpan(row * _network.Shape.OutputUnits, _network.Shape.OutputUnits);
        if (_network.Shape.Output == OutputKind.Softmax)
            scorer.Probabilities(scores);
        else
            scorer.Logits().CopyTo(scores);
    }

    public void Dispose() => _features?.Dispose();
}
