using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>The meaning of the outputs.</summary>
internal enum OutputKind : byte
{
    /// <summary>One unit for each class; softmax gives the probabilities.</summary>
    Softmax = 0,

    /// <summary>One unit, the log-odds of the positive class; the logistic function gives its probability.</summary>
    Logistic = 1,

    /// <summary>Linear units: a prediction of a number and its quantiles, see <see cref="RegressionOutput"/>. The archive takes the bit 2 for something else.</summary>
    Linear = 4,
}

/// <summary>
/// The cost L(p, y) at the top of the network and its derivative: cross-entropy, for softmax and logistic outputs. The outputs of a batch are a few
/// hundred numbers. Calls into the native library would take longer than the arithmetic (a sixth of a step of a small network), so outputs in plain
/// memory are computed row by row here.
/// </summary>
internal static class OutputLayer
{
    /// <summary>
    /// ∂L/∂a_M = p − y for every row, <c>[batch, outputs]</c>, docs/algorithm.md (1.2). p are the probabilities, and y is 1 at the true class.
    /// </summary>
    public static Tensor Error(OutputKind kind, Tensor logits, Tensor labels)
    {
        if (ArePlain(logits, labels))
            return RowErrors(kind, logits, labels);
        if (kind == OutputKind.Logistic)
        {
            var error = logits.sigmoid();
            using var column = labels.unsqueeze(1);
            return error.sub_(column);
        }
        var difference = logits.softmax(1);
        using var index = labels.unsqueeze(1);
        using var minusOne = ones_like(index, dtype: difference.dtype).neg_();
        return difference.scatter_add_(1, index, minusOne);
    }

    /// <summary>
    /// Turns p − y into p − y′, the error against smoothed labels y′ = (1 − s) y + s / K for K classes, in place (Szegedy et al. 2016),
    /// docs/algorithm.md (1.3).
    /// </summary>
    /// <param name="kind">Softmax with K outputs; logistic, where K is 2.</param>
    /// <param name="error">p − y, <c>[batch, outputs]</c>.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="smoothing">s.</param>
    /// <returns><paramref name="error"/>.</returns>
    public static Tensor Smooth(OutputKind kind, Tensor error, Tensor labels, double smoothing)
    {
        if (smoothing == 0)
            return error;
        if (ArePlain(error, labels))
            return SmoothRows(kind, error, labels, smoothing);
        using var column = labels.unsqueeze(1);
        if (kind == OutputKind.Logistic)
            return error.AddScaledInPlace(column, smoothing).ShiftInPlace(-smoothing / 2);
        using var moved = ones_like(column, dtype: error.dtype).ScaleInPlace(smoothing);
        return error.scatter_add_(1, column, moved).ShiftInPlace(-smoothing / error.shape[1]);
    }

    /// <summary>−log p of every row's true class, <c>[batch]</c>.</summary>
    public static Tensor Losses(OutputKind kind, Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        if (kind == OutputKind.Logistic)
        {
            // log(1 + exp(a)) for a negative row, log(1 + exp(−a)) for a positive one, written as max(a, 0) + log(1 + exp(−|a|)), which never overflows.
            var a = logits.squeeze(1).mul(labels.Times(-2).ShiftInPlace(1));
            return a.abs().neg_().exp_().log1p_().AddInPlace(a.relu()).MoveToOuterDisposeScope();
        }
        return logits.log_softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1).neg().MoveToOuterDisposeScope();
    }

    /// <summary>True for every row whose most probable class is not its label, <c>[batch]</c>.</summary>
    public static Tensor Mistakes(OutputKind kind, Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var mistakes = kind == OutputKind.Logistic
            ? logits.squeeze(1).GreaterThan(0).ne(labels.GreaterThan(0.5))
            : logits.argmax(1).ne(labels);
        return mistakes.MoveToOuterDisposeScope();
    }

    /// <summary>True when outputs and labels lie in the processor's memory, in order.</summary>
    public static bool ArePlain(Tensor logits, Tensor labels) =>
        TensorMemory.IsPlain(logits) && labels.device_type == DeviceType.CPU && labels.is_contiguous();

    /// <summary>The sums of <see cref="Losses"/> and <see cref="Mistakes"/> over plain rows, and the number of rows.</summary>
    public static (double Loss, double Mistakes, double Weight) Sums(OutputKind kind, Tensor logits, Tensor labels)
    {
        var outputs = TensorMemory.Floats(logits);
        var (loss, mistakes) = (0.0, 0);
        if (kind == OutputKind.Logistic)
        {
            var positive = TensorMemory.Floats(labels);
            for (var row = 0; row < outputs.Length; row++)
            {
                var a = positive[row] > 0.5f ? -(double)outputs[row] : outputs[row];
                loss += Math.Max(a, 0) + Math.Log(1 + Math.Exp(-Math.Abs(a)));
                mistakes += outputs[row] > 0 != positive[row] > 0.5f ? 1 : 0;
            }
            return (loss, mistakes, outputs.Length);
        }
        var classes = MemoryMarshal.Cast<byte, long>(labels.bytes);
        var units = outputs.Length / classes.Length;
        Span<float> powers = units <= 64 ? stackalloc float[units] : new float[units];
        for (var row = 0; row < classes.Length; row++)
        {
            var a = outputs.Slice(row * units, units);
            var most = TensorPrimitives.Max<float>(a);
            TensorPrimitives.Subtract(a, most, powers);
            TensorPrimitives.Exp(powers, powers);
            loss += Math.Log(TensorPrimitives.Sum<float>(powers)) + most - a[(int)classes[row]];
            mistakes += TensorPrimitives.IndexOfMax<float>(a) != classes[row] ? 1 : 0;
        }
        return (loss, mistakes, classes.Length);
    }

    private static Tensor RowErrors(OutputKind kind, Tensor logits, Tensor labels)
    {
        var error = empty_like(logits);
        var from = TensorMemory.Floats(logits);
        var to = TensorMemory.Floats(error);
        if (kind == OutputKind.Logistic)
        {
            TensorPrimitives.Sigmoid(from, to);
            TensorPrimitives.Subtract(to, TensorMemory.Floats(labels), to);
            return error;
        }
        var classes = MemoryMarshal.Cast<byte, long>(labels.bytes);
        var units = from.Length / classes.Length;
        for (var row = 0; row < classes.Length; row++)
        {
            var p = to.Slice(row * units, units);
            RowScorer.Softmax(from.Slice(row * units, units), p);
            p[(int)classes[row]] -= 1;
        }
        return error;
    }

    private static Tensor SmoothRows(OutputKind kind, Tensor error, Tensor labels, double smoothing)
    {
        var errors = TensorMemory.Floats(error);
        if (kind == OutputKind.Logistic)
        {
            TensorPrimitives.MultiplyAdd(TensorMemory.Floats(labels), (float)smoothing, errors, errors);
            TensorPrimitives.Add(errors, (float)(-smoothing / 2), errors);
            return error;
        }
        var classes = MemoryMarshal.Cast<byte, long>(labels.bytes);
        var units = errors.Length / classes.Length;
        for (var row = 0; row < classes.Length; row++)
            errors[(row * units) + (int)classes[row]] += (float)smoothing;
        TensorPrimitives.Add(errors, (float)(-smoothing / units), errors);
        return error;
    }
}
