using System.Numerics.Tensors;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Scores one row at a time in vectorised C#. A call into the native library would cost more than the arithmetic of one row, and it would allocate. One
/// scorer serves one thread; several scorers can share the networks.
/// </summary>
internal sealed class RowScorer
{
    private readonly OutputKind _output;
    private readonly MemberScorer[] _members;
    private readonly float[] _shares;
    private readonly float[] _features;
    private readonly (ColumnEncoding Encoding, float[] Inputs)[] _encoded;
    private readonly float[] _logits;
    private readonly float[] _average;
    private readonly SparseEncoding? _sparse;
    private int[] _sparseInputs = [];
    private float[] _sparseValues = [];

    /// <param name="members">The networks whose probabilities are averaged.</param>
    public RowScorer(IReadOnlyList<NetworkSnapshot> members)
    {
        var shape = members[0].Shape;
        _output = shape.Output;
        _features = new float[members[0].Columns];
        _encoded = [.. members.Select(m => m.Encoding).OfType<ColumnEncoding>().Distinct(ReferenceEqualityComparer.Instance).Cast<ColumnEncoding>().Select(e => (e, new float[e.Inputs]))];
        _members = [.. members.Select(m => new MemberScorer(m, _encoded.FirstOrDefault(e => e.Encoding == m.Encoding).Inputs ?? _features))];
        _shares = members.Count > 1 ? PassAverage.Shares([.. members.Select(m => m.Weight)]) : [];
        _logits = new float[members.Count > 1 ? members.Count * shape.OutputUnits : 0];
        _average = new float[shape.OutputUnits];
        // Discrete and stochastic units score all rows in one way: another order of a sum could move a unit to the other side of its step.
        _sparse = shape.Signal.IsContinuous && _encoded is [{ Encoding: SparseEncoding sparse }] ? sparse : null;
    }

    /// <summary>The features of the row to score, in the user's units.</summary>
    public Span<float> Features => _features;

    /// <summary>
    /// The logits of the row in <see cref="Features"/>, valid until the next call: those of the average of the networks (<see cref="Committee"/>).
    /// </summary>
    public ReadOnlySpan<float> Logits()
    {
        foreach (var (encoding, inputs) in _encoded)
            encoding.Apply(_features, inputs);
        return Average(sparse: -1);
    }

    /// <summary>The logits of a row without its zeros, valid until the next call.</summary>
    /// <param name="columns">Columns in ascending order.</param>
    /// <param name="values">Their features, in the user's units.</param>
    public ReadOnlySpan<float> Logits(ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        if (_sparse is null)
        {
            Array.Clear(_features);
            for (var i = 0; i < columns.Length; i++)
                _features[columns[i]] = values[i];
            return Logits();
        }
        if (_sparseInputs.Length < columns.Length)
            (_sparseInputs, _sparseValues) = (new int[columns.Length], new float[columns.Length]);
        return Average(_sparse.Encode(columns, values, _sparseInputs, _sparseValues));
    }

    /// <param name="sparse">The number of sparse inputs; negative when the inputs are dense.</param>
    private ReadOnlySpan<float> Average(int sparse)
    {
        if (_members.Length == 1)
            return Logits(_members[0], sparse);
        for (var m = 0; m < _members.Length; m++)
            Logits(_members[m], sparse).CopyTo(_logits.AsSpan(m * _average.Length));
        PassAverage.Of(_output, _logits, _average, _shares);
        return _average;
    }

    private ReadOnlySpan<float> Logits(MemberScorer member, int sparse) =>
        sparse < 0 ? member.Logits() : member.Logits(_sparseInputs.AsSpan(0, sparse), _sparseValues.AsSpan(0, sparse));

    /// <summary>Class probabilities of the row in <see cref="Features"/>.</summary>
    public void Probabilities(Span<float> probabilities) => Softmax(Logits(), probabilities);

    /// <summary>exp(a_k) / Σ exp(a_j), shifted by the largest logit to avoid an overflow; NaN stays NaN.</summary>
    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), probabilities);
        TensorPrimitives.Exp(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, TensorPrimitives.Sum(probabilities), probabilities);
    }
}

/// <summary>Scores one row with one network.</summary>
internal sealed class MemberScorer
{
    private readonly NetworkSnapshot _network;
    private readonly float[] _inputs;
    private readonly PassThresholds? _thresholds;
    private readonly float[][] _activities;
    private readonly float[] _sent;
    private readonly float[] _passes;

    /// <param name="network">The network.</param>
    /// <param name="inputs">The inputs of the row to score; the caller fills them before each call.</param>
    public MemberScorer(NetworkSnapshot network, float[] inputs)
    {
        (_network, _inputs) = (network, inputs);
        var shape = network.Shape;
        _thresholds = shape.Signal.IsStochastic ? new(shape) : null;
        _activities = [.. network.Forward.Select(m => new float[m.Shape.Outputs])];
        _sent = new float[shape.Signal.IsContinuous ? 0 : shape.HiddenUnits.Max()];
        _passes = new float[shape.Signal.IsStochastic ? shape.Signal.Passes * shape.OutputUnits : 0];
    }

    /// <summary>
    /// The logits of a row, valid until the next call. For stochastic units they are the average over the prediction passes
    /// (<see cref="PassAverage"/>).
    /// </summary>
    public ReadOnlySpan<float> Logits()
    {
        Apply(0, _inputs);
        return LogitsFromFirst();
    }

    /// <summary>The same for a row without its zeros.</summary>
    /// <param name="inputs">Inputs in ascending order.</param>
    /// <param name="values">Their values.</param>
    public ReadOnlySpan<float> Logits(ReadOnlySpan<int> inputs, ReadOnlySpan<float> values)
    {
        var first = _network.Forward[0];
        SparseProducts.WeightedSum(inputs, values, first.WeightByInput, _activities[0]);
        TensorPrimitives.Add(_activities[0], first.Bias, _activities[0]);
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
        Affine(_network.Forward[index], below, _activities[index]);
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
