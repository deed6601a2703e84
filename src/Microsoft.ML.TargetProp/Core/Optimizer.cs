using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Moves parameters against their update directions.</summary>
/// <param name="parameters">The parameters.</param>
/// <param name="updates">Their update directions.</param>
/// <param name="weightDecay">Decoupled weight decay: weights, not biases, shrink by this times the learning rate at every step.</param>
internal abstract class Optimizer(ParameterBuffer parameters, ParameterBuffer updates, double weightDecay) : IDisposable
{
    /// <summary>The implementation of an option.</summary>
    public static Optimizer Of(TargetPropOptimizer kind, ParameterBuffer parameters, ParameterBuffer updates, double weightDecay) => kind switch
    {
        TargetPropOptimizer.RmsProp when ReadsSparseRows(updates) => new LazyRmsProp(parameters, updates, weightDecay),
        _ when ReadsSparseRows(updates) => new LazyAdam(parameters, updates, weightDecay),
        TargetPropOptimizer.RmsProp => new CenteredRmsProp(parameters, updates, weightDecay),
        _ => new Adam(parameters, updates, weightDecay),
    };

    protected ParameterBuffer Parameters { get; } = parameters;

    protected ParameterBuffer Updates { get; } = updates;

    protected double WeightDecay { get; } = weightDecay;

    /// <summary>Takes one step.</summary>
    public abstract void Step(double learningRate);

    public abstract void Dispose();

    private static bool ReadsSparseRows(ParameterBuffer updates) => updates.Maps is [{ Sparse: not null }, ..];

    /// <summary>W ← (1 − <paramref name="amount"/>) W for every weight matrix.</summary>
    protected void DecayWeights(double amount)
    {
        if (amount == 0)
            return;
        foreach (var map in Parameters.Maps)
            map.Weight.ScaleInPlace(1 - amount);
    }
}

/// <summary>
/// Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019). On the processor a step is one pass over the flat
/// buffer; on any other device it is a sequence of tensor operations.
/// </summary>
internal sealed class Adam(ParameterBuffer parameters, ParameterBuffer updates, double weightDecay) : Optimizer(parameters, updates, weightDecay)
{
    public const float Beta1 = 0.9f;
    public const float Beta2 = 0.999f;
    public const float Epsilon = 1e-8f;

    /// <summary>Fewer parameters stay on the calling thread: calling a second one costs more than a third of the work.</summary>
    private const int MinParametersOfAThread = 1 << 13;

    private readonly Tensor _mean = zeros_like(parameters.Flat).DetachFromDisposeScope();
    private readonly Tensor _variance = zeros_like(parameters.Flat).DetachFromDisposeScope();
    private readonly bool _onProcessor = parameters.Flat.device_type == DeviceType.CPU && parameters.Flat.dtype == ScalarType.Float32;
    private long _steps;

    /// <summary>
    /// m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← θ − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε), docs/algorithm.md (11.1).
    /// </summary>
    public override void Step(double learningRate)
    {
        _steps++;
        var step = (float)(learningRate / (1 - Math.Pow(Beta1, _steps)));
        var root = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, _steps)));
        var decay = WeightDecay * learningRate;
        if (_onProcessor)
            StepInOnePass(new(step, root), (float)(1 - decay));
        else
            StepOnDevice(step, root, decay);
    }

    public override void Dispose()
    {
        _mean.Dispose();
        _variance.Dispose();
    }

    private void StepOnDevice(float step, float root, double decay)
    {
        using var scope = NewDisposeScope();
        DecayWeights(decay);
        var g = Updates.Flat;
        _mean.ScaleInPlace(Beta1).AddScaledInPlace(g, 1 - Beta1);
        _variance.ScaleInPlace(Beta2).AddProductInPlace(g, g, 1 - Beta2);
        var scale = _variance.sqrt().ScaleInPlace(root).ShiftInPlace(Epsilon);
        Parameters.Flat.AddQuotientInPlace(_mean, scale, -step);
    }

    private void StepInOnePass(Pass pass, float kept)
    {
        if (kept == 1)
        {
            StepInOnePass(pass, 0, (int)Parameters.Flat.numel(), kept);
            return;
        }
        foreach (var segment in Parameters.Segments)
            StepInOnePass(pass, (int)segment.Offset, (int)segment.Length, segment.IsWeight ? kept : 1);
    }

    private void StepInOnePass(Pass pass, int first, int count, float kept) =>
        OpenMpTeam.RunRanges(count, MinParametersOfAThread, (start, length) => pass.Run(
            TensorMemory.Floats(Parameters.Flat).Slice(first + start, length),
            TensorMemory.Floats(Updates.Flat).Slice(first + start, length),
            TensorMemory.Floats(_mean).Slice(first + start, length),
            TensorMemory.Floats(_variance).Slice(first + start, length),
            kept));

    /// <summary>The step on plain memory, in vector registers: four arrays are read, and three are written.</summary>
    /// <param name="step">η / (1 − β₁ᵗ).</param>
    /// <param name="root">1 / √(1 − β₂ᵗ).</param>
    /// <param name="epsilon">ε.</param>
    internal readonly struct Pass(float step, float root, float epsilon = Epsilon)
    {
        /// <summary>m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← kept · θ − step · m / (root · √v + ε).</summary>
        /// <param name="parameters">θ.</param>
        /// <param name="updates">g.</param>
        /// <param name="mean">m.</param>
        /// <param name="variance">v.</param>
        /// <param name="kept">The factor that weight decay leaves on θ; 1 without decay.</param>
        public void Run(Span<float> parameters, ReadOnlySpan<float> updates, Span<float> mean, Span<float> variance, float kept)
        {
            var count = parameters.Length;
            var width = Vector<float>.Count;
            var i = 0;
            ref var p = ref MemoryMarshal.GetReference(parameters);
            ref var g = ref MemoryMarshal.GetReference(updates[..count]);
            ref var m = ref MemoryMarshal.GetReference(mean[..count]);
            ref var v = ref MemoryMarshal.GetReference(variance[..count]);
            // Two registers at a time: a root and a quotient have a long latency, and two of each overlap.
            for (; i <= count - 2 * width; i += 2 * width)
            {
                RunRegister(ref p, ref g, ref m, ref v, (nuint)i, kept);
                RunRegister(ref p, ref g, ref m, ref v, (nuint)(i + width), kept);
            }
            for (; i <= count - width; i += width)
                RunRegister(ref p, ref g, ref m, ref v, (nuint)i, kept);
            for (; i < count; i++)
            {
                mean[i] = MathF.FusedMultiplyAdd(mean[i], Beta1, (1 - Beta1) * updates[i]);
                variance[i] = MathF.FusedMultiplyAdd(variance[i], Beta2, (1 - Beta2) * updates[i] * updates[i]);
                var spread = MathF.FusedMultiplyAdd(MathF.Sqrt(variance[i]), root, epsilon);
                parameters[i] = MathF.FusedMultiplyAdd(-step, mean[i] / spread, kept * parameters[i]);
            }
        }

        private void RunRegister(ref float parameters, ref float updates, ref float mean, ref float variance, nuint i, float kept)
        {
            var g = Vector.LoadUnsafe(ref updates, i);
            var m = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref mean, i), new Vector<float>(Beta1), (1 - Beta1) * g);
            var v = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref variance, i), new Vector<float>(Beta2), (1 - Beta2) * g * g);
            m.StoreUnsafe(ref mean, i);
            v.StoreUnsafe(ref variance, i);
            var spread = Vector.FusedMultiplyAdd(Vector.SquareRoot(v), new Vector<float>(root), new Vector<float>(epsilon));
            Vector.FusedMultiplyAdd(new Vector<float>(-step), m / spread, kept * Vector.LoadUnsafe(ref parameters, i)).StoreUnsafe(ref parameters, i);
        }
    }
}

/// <summary>Centred RMSprop with momentum (Graves 2013, equations 38 to 41), with the settings of the published target propagation code.</summary>
internal sealed class CenteredRmsProp(ParameterBuffer parameters, ParameterBuffer updates, double weightDecay) : Optimizer(parameters, updates, weightDecay)
{
    public const float Averaging = 0.95f;
    public const float Momentum = 0.9f;
    public const float Stabilizer = 0.001f;

    private readonly Tensor _mean = zeros_like(parameters.Flat).DetachFromDisposeScope();
    private readonly Tensor _square = zeros_like(parameters.Flat).DetachFromDisposeScope();
    private readonly Tensor _velocity = zeros_like(parameters.Flat).DetachFromDisposeScope();

    /// <summary>
    /// v ← ρ v + (1 − ρ) g²; m ← ρ m + (1 − ρ) g; Δ ← μ Δ − η g / √(v − m² + s); θ ← θ + Δ, docs/algorithm.md (11.2). The stabiliser s is inside
    /// the root.
    /// </summary>
    public override void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        var g = Updates.Flat;
        DecayWeights(WeightDecay * learningRate);
        _square.ScaleInPlace(Averaging).AddProductInPlace(g, g, 1 - Averaging);
        _mean.ScaleInPlace(Averaging).AddScaledInPlace(g, 1 - Averaging);
        var spread = _square.clone().AddProductInPlace(_mean, _mean, -1).ShiftInPlace(Stabilizer).sqrt_();
        _velocity.ScaleInPlace(Momentum).AddQuotientInPlace(g, spread, -learningRate);
        Parameters.Flat.AddInPlace(_velocity);
    }

    public override void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
        _velocity.Dispose();
    }
}
