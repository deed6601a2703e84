using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// An activation function φ, on tensors for training and batches and on spans for single rows. The derivative is computed from the output, so no layer
/// keeps its pre-activations.
/// </summary>
internal abstract class Activation
{
    /// <summary>The byte of this activation in an archive.</summary>
    public abstract byte Code { get; }

    /// <summary>Factor on orthogonal initial weights that keeps the size of the activities about constant over layers.</summary>
    public virtual float InitialGain => 1f;

    /// <summary>The largest value of φ′.</summary>
    public virtual double SteepestSlope => 1;

    /// <summary>Replaces the pre-activations by φ(a), in place.</summary>
    public abstract void Apply(Tensor preActivations);

    /// <summary>Replaces a by φ(a + b), in place and in one pass where that is possible.</summary>
    public virtual void Apply(Tensor products, Tensor bias)
    {
        if (TensorMemory.IsPlain(products) && TensorMemory.IsPlain(bias))
            FusedArithmetic.AddToRows(TensorMemory.Floats(products), TensorMemory.Floats(bias));
        else
            products.AddInPlace(bias);
        Apply(products);
    }

    /// <summary>Multiplies <paramref name="delta"/> in place by φ′(a), given the output h = φ(a).</summary>
    public abstract void MultiplyByDerivative(Tensor delta, Tensor output);

    /// <summary>Multiplies <paramref name="delta"/> in place by φ′(a) and a number.</summary>
    public virtual void MultiplyByDerivative(Tensor delta, Tensor output, double factor)
    {
        delta.ScaleInPlace(factor);
        MultiplyByDerivative(delta, output);
    }

    /// <summary>factor · (h − target) ⊙ φ′(a), in new memory, given the output h = φ(a).</summary>
    public virtual Tensor ErrorTimesDerivative(Tensor output, Tensor target, double factor)
    {
        var delta = output.sub(target);
        MultiplyByDerivative(delta, output, factor);
        return delta;
    }

    /// <summary>Replaces the pre-activations of one row by φ(a), in place.</summary>
    public abstract void Apply(Span<float> preActivations);

    public static readonly Activation Identity = new IdentityActivation();

    private static readonly Activation[] All =
    [
        new TanhActivation(), new SigmoidActivation(), new ReluActivation(), new LeakyReluActivation(), new EluActivation(), Identity,
    ];

    public static Activation Of(TargetPropActivation activation) => All[(int)activation];

    /// <summary>The activation with an archive's code; null when this version has none.</summary>
    public static Activation? FromCode(byte code) => Array.Find(All, a => a.Code == code);

    private sealed class IdentityActivation : Activation
    {
        public override byte Code => 255;

        public override void Apply(Tensor preActivations) { }

        public override void MultiplyByDerivative(Tensor delta, Tensor output) { }

        public override void Apply(Span<float> preActivations) { }
    }

    private sealed class TanhActivation : Activation
    {
        /// <summary>Fewer elements stay on the calling thread: calling a second one costs more than a third of the work.</summary>
        private const int MinElementsOfAThread = 1 << 13;

        public override byte Code => (byte)TargetPropActivation.Tanh;

        public override void Apply(Tensor preActivations)
        {
            if (TensorMemory.IsPlain(preActivations))
                ActivationMath.Tanh(TensorMemory.Floats(preActivations));
            else
                preActivations.tanh_();
        }

        public override void Apply(Tensor products, Tensor bias)
        {
            if (!TensorMemory.IsPlain(products) || !TensorMemory.IsPlain(bias))
            {
                base.Apply(products, bias);
                return;
            }
            var units = (int)bias.numel();
            OpenMpTeam.RunRanges((int)products.numel() / units, MinElementsOfAThread / units, (row, rows) =>
                ActivationMath.Tanh(TensorMemory.Floats(products).Slice(row * units, rows * units), TensorMemory.Floats(bias)));
        }

        public override void MultiplyByDerivative(Tensor delta, Tensor output) => MultiplyByDerivative(delta, output, 1);

        public override void MultiplyByDerivative(Tensor delta, Tensor output, double factor)
        {
            if (TensorMemory.IsPlain(delta) && TensorMemory.IsPlain(output))
            {
                ActivationMath.TimesTanhDerivative(TensorMemory.Floats(delta), TensorMemory.Floats(output), (float)factor);
                return;
            }
            using var slope = output.mul(output).neg_().ShiftInPlace(1).ScaleInPlace(factor);
            delta.mul_(slope);
        }

        public override Tensor ErrorTimesDerivative(Tensor output, Tensor target, double factor)
        {
            if (!TensorMemory.IsPlain(output) || !TensorMemory.IsPlain(target))
                return base.ErrorTimesDerivative(output, target, factor);
            var delta = empty_like(output);
            ActivationMath.ErrorTimesTanhDerivative(TensorMemory.Floats(output), TensorMemory.Floats(target), TensorMemory.Floats(delta), (float)factor);
            return delta;
        }

        public override void Apply(Span<float> preActivations) => ActivationMath.Tanh(preActivations);
    }

    private sealed class SigmoidActivation : Activation
    {
        public override byte Code => (byte)TargetPropActivation.Sigmoid;

        public override double SteepestSlope => 0.25;

        public override void Apply(Tensor preActivations) => preActivations.sigmoid_();

        public override void Apply(Tensor products, Tensor bias)
        {
            if (TensorMemory.IsPlain(products) && TensorMemory.IsPlain(bias))
                ActivationMath.Sigmoid(TensorMemory.Floats(products), TensorMemory.Floats(bias));
            else
                base.Apply(products, bias);
        }

        public override void MultiplyByDerivative(Tensor delta, Tensor output)
        {
            using var slope = output.mul(output).neg_().AddInPlace(output);
            delta.mul_(slope);
        }

        public override Tensor ErrorTimesDerivative(Tensor output, Tensor target, double factor)
        {
            if (!TensorMemory.IsPlain(output) || !TensorMemory.IsPlain(target))
                return base.ErrorTimesDerivative(output, target, factor);
            var delta = empty_like(output);
            ActivationMath.ErrorTimesSigmoidDerivative(TensorMemory.Floats(output), TensorMemory.Floats(target), TensorMemory.Floats(delta), (float)factor);
            return delta;
        }

        public override void Apply(Span<float> preActivations) => TensorPrimitives.Sigmoid(preActivations, preActivations);
    }

    private sealed class ReluActivation : Activation
    {
        public override byte Code => (byte)TargetPropActivation.Relu;

        public override float InitialGain => MathF.Sqrt(2f);

        public override void Apply(Tensor preActivations) => preActivations.relu_();

        public override void Apply(Tensor products, Tensor bias)
        {
            if (TensorMemory.IsPlain(products) && TensorMemory.IsPlain(bias))
                ActivationMath.Relu(TensorMemory.Floats(products), TensorMemory.Floats(bias));
            else
                base.Apply(products, bias);
        }

        public override void MultiplyByDerivative(Tensor delta, Tensor output)
        {
            using var slope = output.GreaterThan(0);
            delta.mul_(slope);
        }

        public override Tensor ErrorTimesDerivative(Tensor output, Tensor target, double factor)
        {
            if (!TensorMemory.IsPlain(output) || !TensorMemory.IsPlain(target))
                return base.ErrorTimesDerivative(output, target, factor);
            var delta = empty_like(output);
            ActivationMath.ErrorTimesReluDerivative(TensorMemory.Floats(output), TensorMemory.Floats(target), TensorMemory.Floats(delta), (float)factor);
            return delta;
        }

        public override void Apply(Span<float> preActivations) => TensorPrimitives.Max(preActivations, 0f, preActivations);
    }

    private sealed class LeakyReluActivation : Activation
    {
        private const float NegativeSlope = 0.01f;

        public override byte Code => (byte)TargetPropActivation.LeakyRelu;

        public override float InitialGain => MathF.Sqrt(2f / (1f + NegativeSlope * NegativeSlope));

        public override void Apply(Tensor preActivations) => preActivations.LeakyReluInPlace(NegativeSlope);

        public override void MultiplyByDerivative(Tensor delta, Tensor output)
        {
            using var slope = output.GreaterThan(0).to(output.dtype).ScaleInPlace(1 - NegativeSlope).ShiftInPlace(NegativeSlope);
            delta.mul_(slope);
        }

        public override void Apply(Span<float> preActivations)
        {
            foreach (ref var a in preActivations)
                a = a > 0f ? a : NegativeSlope * a;
        }
    }

    private sealed class EluActivation : Activation
    {
        public override byte Code => (byte)TargetPropActivation.Elu;

        public override void Apply(Tensor preActivations) => preActivations.EluInPlace();

        public override void MultiplyByDerivative(Tensor delta, Tensor output)
        {
            // φ′(a) = min(h, 0) + 1: exp(a) = h + 1 for a ≤ 0, and 1 for a > 0.
            using var slope = output.NegativePart().ShiftInPlace(1);
            delta.mul_(slope);
        }

        public override void Apply(Span<float> preActivations)
        {
            foreach (ref var a in preActivations)
                a = a > 0f ? a : MathF.Exp(a) - 1f;
        }
    }
}
