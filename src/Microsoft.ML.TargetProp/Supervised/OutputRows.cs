using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// <see cref="OutputLayer"/> row by row on plain memory. The outputs of a batch are a few hundred numbers, for which a dozen calls into the
/// native library take longer than the arithmetic: a sixth of a step of a small network.
/// </summary>
internal static class OutputRows
{
    /// <summary>True when the outputs and their labels lie in the processor's memory, in order.</summary>
    public static bool CanRead(Tensor logits, Tensor labels) =>
        TensorMemory.IsPlain(logits) && labels.device_type == DeviceType.CPU && labels.is_contiguous();

    /// <summary><see cref="OutputLayer.Error"/>.</summary>
    public static Tensor Error(OutputKind kind, Tensor logits, Tensor labels)
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

    /// <summary><see cref="OutputLayer.Smooth"/>.</summary>
    public static Tensor Smooth(OutputKind kind, Tensor error, Tensor labels, double smoothing)
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

    /// <summary>Sums over the rows of <see cref="OutputLayer.Losses"/> and <see cref="OutputLayer.Mistakes"/>, and their number.</summary>
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
}
