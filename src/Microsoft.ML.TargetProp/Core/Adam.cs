using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Adam (Kingma and Ba 2015) with weight decay kept out of the moments (Loshchilov and Hutter 2019). One <see cref="AdamPass"/> over
/// the flat buffer on the processor; plain tensor operations on any other device.
/// </summary>
internal sealed class Adam : IOptimizer
{
    public const float Beta1 = 0.9f;
    public const float Beta2 = 0.999f;
    public const float Epsilon = 1e-8f;

    /// <summary>As many take a thread three times as long as being called.</summary>
    private const int LeastParametersOfAThread = 1 << 13;

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
        var decay = _weightDecay * learningRate;
        if (_onProcessor)
            StepInOnePass(new(step, root), (float)(1 - decay));
        else
            StepOnDevice(step, root, decay);
    }

    public void Dispose()
    {
        _mean.Dispose();
        _variance.Dispose();
    }

    private void StepOnDevice(float step, float root, double decay)
    {
        using var scope = NewDisposeScope();
        Decay.Apply(_parameters, decay);
        var g = _updates.Flat;
        _mean.ScaleInPlace(Beta1).AddScaledInPlace(g, 1 - Beta1);
        _variance.ScaleInPlace(Beta2).AddProductInPlace(g, g, 1 - Beta2);
        var scale = _variance.sqrt().ScaleInPlace(root).ShiftInPlace(Epsilon);
        _parameters.Flat.AddQuotientInPlace(_mean, scale, -step);
    }

    private void StepInOnePass(AdamPass pass, float kept)
    {
        if (kept == 1)
        {
            StepInOnePass(pass, 0, (int)_parameters.Flat.numel(), kept);
            return;
        }
        foreach (var segment in _parameters.Segments)
            StepInOnePass(pass, (int)segment.Offset, (int)segment.Length, segment.IsWeight ? kept : 1);
    }

    private void StepInOnePass(AdamPass pass, int first, int count, float kept) =>
        OpenMpTeam.RunRanges(count, LeastParametersOfAThread, (start, length) => pass.Run(
            TensorMemory.Floats(_parameters.Flat).Slice(first + start, length),
            TensorMemory.Floats(_updates.Flat).Slice(first + start, length),
            TensorMemory.Floats(_mean).Slice(first + start, length),
            TensorMemory.Floats(_variance).Slice(first + start, length),
            kept));
}
