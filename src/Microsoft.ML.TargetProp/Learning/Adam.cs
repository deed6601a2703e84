using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Adam (Kingma and Ba 2015) with weight decay kept out of the moments (Loshchilov and Hutter 2019). One pass over the flat
/// buffer in the processor's vector registers; plain tensor operations on any other device.
/// </summary>
internal sealed class Adam : IOptimizer
{
    public const float Beta1 = 0.9f;
    public const float Beta2 = 0.999f;
    public const float Epsilon = 1e-8f;

    private readonly ParameterBuffer _parameters;
    private readonly ParameterBuffer _updates;
    private readonly double _weightDecay;
    private readonly Tensor _mean;
    private readonly Tensor _variance;
    private readonly bool _onProcessor;
    private long _steps;

    public Adam(ParameterBuffer parameters, ParameterBuffer updates, double weightDecay)
    {
        _parameters = parameters;
        _updates = updates;
        _weightDecay = weightDecay;
        _mean = zeros_like(parameters.Flat).DetachFromDisposeScope();
        _variance = zeros_like(parameters.Flat).DetachFromDisposeScope();
        _onProcessor = parameters.Flat.device_type == DeviceType.CPU && parameters.Flat.dtype == ScalarType.Float32;
    }

    /// <summary>
    /// m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← θ − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε).
    /// </summary>
    public void Step(double learningRate)
    {
        _steps++;
        var step = (float)(learningRate / (1 - Math.Pow(Beta1, _steps)));
        var root = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, _steps)));
        Decay.Apply(_parameters, _weightDecay * learningRate);
        if (_onProcessor)
            StepInOnePass(step, root);
        else
            StepOnDevice(step, root);
    }

    public void Dispose()
    {
        _mean.Dispose();
        _variance.Dispose();
    }

    private void StepOnDevice(float step, float root)
    {
        using var scope = NewDisposeScope();
        var g = _updates.Flat;
        _mean.Scale(Beta1).AddScaled(g, 1 - Beta1);
        _variance.Scale(Beta2).AddProduct(g, g, 1 - Beta2);
        var scale = _variance.sqrt().Scale(root).Shift(Epsilon);
        _parameters.Flat.AddQuotient(_mean, scale, -step);
    }

    private void StepInOnePass(float step, float root)
    {
        var parameters = MemoryMarshal.Cast<byte, float>(_parameters.Flat.bytes);
        var updates = MemoryMarshal.Cast<byte, float>(_updates.Flat.bytes);
        var mean = MemoryMarshal.Cast<byte, float>(_mean.bytes);
        var variance = MemoryMarshal.Cast<byte, float>(_variance.bytes);
        var width = Vector<float>.Count;
        var whole = parameters.Length - parameters.Length % width;
        var (epsilon, rootV) = (new Vector<float>(Epsilon), new Vector<float>(root));
        for (var i = 0; i < whole; i += width)
        {
            var g = new Vector<float>(updates[i..]);
            var m = Beta1 * new Vector<float>(mean[i..]) + (1 - Beta1) * g;
            var v = Beta2 * new Vector<float>(variance[i..]) + (1 - Beta2) * g * g;
            m.CopyTo(mean[i..]);
            v.CopyTo(variance[i..]);
            (new Vector<float>(parameters[i..]) - step * m / (Vector.SquareRoot(v) * rootV + epsilon)).CopyTo(parameters[i..]);
        }
        for (var i = whole; i < parameters.Length; i++)
        {
            var g = updates[i];
            mean[i] = Beta1 * mean[i] + (1 - Beta1) * g;
            variance[i] = Beta2 * variance[i] + (1 - Beta2) * g * g;
            parameters[i] -= step * mean[i] / (MathF.Sqrt(variance[i]) * root + Epsilon);
        }
    }
}
