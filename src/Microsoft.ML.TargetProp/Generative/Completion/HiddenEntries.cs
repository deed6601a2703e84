using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Validation rows with some of their observed entries hidden: how well they are filled in is what an inpainting model is judged by.</summary>
internal sealed class HiddenEntries : IDisposable
{
    private const double Part = 0.25;
    private const int RowsAtOnce = 1000;

    private static readonly CompletionSettings Completing = new();

    private readonly VisibleScale _scale;
    private readonly InferenceSettings _inference;
    private readonly Tensor _rows;
    private readonly Tensor _hidden;
    private readonly Tensor _truth;
    private readonly long _count;

    /// <param name="rows"><c>[rows, columns]</c> in the user's units, NaN where missing.</param>
    /// <param name="scale">To the model's units, in which errors are measured.</param>
    /// <param name="inference">How the E-step moves.</param>
    /// <param name="seed">Decides what is hidden.</param>
    public HiddenEntries(Tensor rows, VisibleScale scale, InferenceSettings inference, int seed)
    {
        (_scale, _inference) = (scale, inference);
        using var scope = NewDisposeScope();
        using var random = new RandomSource(seed, rows.device);
        var missing = rows.isnan();
        _hidden = random.BernoulliLike(rows, Part).to(ScalarType.Bool).logical_and_(missing.logical_not());
        // A handful of entries may all have been spared.
        if (_hidden.sum().ToInt64() == 0)
            _hidden = missing.logical_not();
        _hidden.DetachFromDisposeScope();
        _count = _hidden.sum().ToInt64();
        _truth = scale.ToModel(rows, missing).DetachFromDisposeScope();
        _rows = where(_hidden, tensor([float.NaN], device: rows.device), rows).DetachFromDisposeScope();
    }

    /// <summary>Mean squared error of the expected values of the hidden entries; NaN when nothing was observed at all.</summary>
    public double Error(GenerativeNetwork network, Action checkAlive)
    {
        var squares = 0.0;
        for (var start = 0L; start < _rows.shape[0]; start += RowsAtOnce)
        {
            checkAlive();
            using var scope = NewDisposeScope();
            var length = Math.Min(RowsAtOnce, _rows.shape[0] - start);
            var filled = IterativeCompletion.Fill(network, _scale, _inference, _rows.narrow(0, start, length), Completing, new long[length]);
            var error = filled.sub(_truth.narrow(0, start, length)).ZeroInPlace(_hidden.narrow(0, start, length).logical_not());
            squares += error.mul_(error).to(ScalarType.Float64).sum().ToDouble();
        }
        return squares / _count;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _hidden.Dispose();
        _truth.Dispose();
    }
}
