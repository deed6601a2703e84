using System.Numerics.Tensors;

namespace Microsoft.ML.TargetProp.Networks;

/// <summary>
/// Scores one row at a time with vectorised C#: a call into the native library costs more than the arithmetic of one row,
/// and allocates. One scorer serves one thread; any number of them may share a <see cref="NetworkSnapshot"/>.
/// </summary>
internal sealed class RowScorer
{
    private readonly NetworkSnapshot _network;
    private readonly float[] _input;
    private readonly float[] _below;
    private readonly float[] _above;

    public RowScorer(NetworkSnapshot network)
    {
        _network = network;
        var widest = network.Forward.Max(m => m.Shape.Outputs);
        _input = new float[network.Shape.InputUnits];
        _below = new float[widest];
        _above = new float[widest];
    }

    /// <summary>The features of the row to score; fill it before each call of <see cref="Logits"/>, which overwrites it.</summary>
    public Span<float> Features => _input;

    /// <summary>The output layer's pre-activations for the row in <see cref="Features"/>; valid until the next call.</summary>
    public ReadOnlySpan<float> Logits()
    {
        _network.Standardization?.Apply(_input);
        var (below, above, scratch) = (_input, _above, _below);
        for (var i = 0; i < _network.Forward.Count; i++)
        {
            var map = _network.Forward[i];
            var shape = map.Shape;
            Affine(map, below.AsSpan(0, shape.Inputs), above.AsSpan(0, shape.Outputs));
            shape.Activation.Apply(above.AsSpan(0, shape.Outputs));
            if (i < _network.Normalization.Count)
                _network.Normalization[i].Apply(above.AsSpan(0, shape.Outputs));
            (below, above, scratch) = (above, scratch, above);
        }
        return below.AsSpan(0, _network.Shape.OutputUnits);
    }

    /// <summary>Class probabilities of the row in <see cref="Features"/>.</summary>
    public void Probabilities(Span<float> probabilities) => Softmax(Logits(), probabilities);

    /// <summary>exp(a_k) / Σ exp(a_j), shifted by the largest logit so that nothing overflows; NaN stays NaN.</summary>
    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), probabilities);
        TensorPrimitives.Exp(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, TensorPrimitives.Sum(probabilities), probabilities);
    }

    private static void Affine(MapSnapshot map, ReadOnlySpan<float> below, Span<float> above)
    {
        var weight = map.Weight.AsSpan();
        for (var unit = 0; unit < above.Length; unit++)
            above[unit] = map.Bias[unit] + TensorPrimitives.Dot(weight.Slice(unit * below.Length, below.Length), below);
    }
}
