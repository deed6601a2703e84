using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Validation rows with a quarter of their observed entries hidden. The validation error of a generative model is the error of their completion.</summary>
internal sealed class HiddenEntries : IDisposable
{
    private const double HiddenPart = 0.25;
    private const int RowsAtOnce = 1000;

    private static readonly CompletionSettings Settings = new();

    private readonly VisibleScale _scale;
    private readonly InferenceSettings _inference;
    private readonly Tensor _rows;
    private readonly Tensor _hidden;
    private readonly Tensor _target;
    private readonly long _count;

    /// <param name="rows"><c>[rows, columns]</c> in the user's units, NaN where missing.</param>
    /// <param name="scale">Converts to the model's units, in which the error is measured.</param>
    /// <param name="inference">The E-step.</param>
    /// <param name="seed">Seed of the choice of hidden entries.</param>
    public HiddenEntries(Tensor rows, VisibleScale scale, InferenceSettings inference, int seed)
    {
        (_scale, _inference) = (scale, inference);
        using var scope = NewDisposeScope();
        using var random = new RandomSource(seed, rows.device);
        var missing = rows.isnan();
        _hidden = random.BernoulliLike(rows, HiddenPart).to(ScalarType.Bool).logical_and_(missing.logical_not());
        // With very few entries, chance may choose none. Then all are hidden.
        if (_hidden.sum().ToInt64() == 0)
            _hidden = missing.logical_not();
        _hidden.DetachFromDisposeScope();
        _count = _hidden.sum().ToInt64();
        _target = scale.ToModel(rows, missing).DetachFromDisposeScope();
        _rows = where(_hidden, tensor([float.NaN], device: rows.device), rows).DetachFromDisposeScope();
    }

    /// <summary>Mean squared error of the expected values of the hidden entries; NaN when the rows have no observed entry.</summary>
    public double Error(GenerativeNetwork network, Action checkAlive)
    {
        var squares = 0.0;
        for (var start = 0L; start < _rows.shape[0]; start += RowsAtOnce)
        {
            checkAlive();
            using var scope = NewDisposeScope();
            var length = Math.Min(RowsAtOnce, _rows.shape[0] - start);
            var filled = IterativeCompletion.Fill(network, _scale, _inference, _rows.narrow(0, start, length), Settings, new long[length]);
            var error = filled.sub(_target.narrow(0, start, length)).ZeroInPlace(_hidden.narrow(0, start, length).logical_not());
            squares += error.mul_(error).to(ScalarType.Float64).sum().ToDouble();
        }
        return squares / _count;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _hidden.Dispose();
        _target.Dispose();
    }
}
