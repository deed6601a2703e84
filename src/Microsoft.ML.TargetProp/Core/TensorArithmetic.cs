using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Arithmetic of tensors with plain numbers. TorchSharp converts a number to a <see cref="Scalar"/> that nothing keeps alive during the native call.
/// Its finaliser can free it in the middle of the call, which then reads freed memory. Here the number lives until the call has returned, so every
/// operation that takes a number goes through this class, also where the number is hidden (<c>add(y)</c> is <c>add(y, 1)</c>).
/// </summary>
internal static class TensorArithmetic
{
    private static readonly Scalar One = 1f;
    private static readonly Scalar Zero = 0f;

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>a ← a + b.</summary>
    public static Tensor AddInPlace(this Tensor a, Tensor b) => a.add_(b, One);

    /// <summary>a ← a + factor · b.</summary>
    public static Tensor AddScaledInPlace(this Tensor a, Tensor b, double factor)
    {
        using Scalar scalar = factor;
        return a.add_(b, scalar);
    }

    /// <summary>a ← a + number.</summary>
    public static Tensor ShiftInPlace(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.add_(scalar, One);
    }

    /// <summary>a ← factor · a.</summary>
    public static Tensor ScaleInPlace(this Tensor a, double factor)
    {
        using Scalar scalar = factor;
        return a.mul_(scalar);
    }

    /// <summary>factor · a.</summary>
    public static Tensor Times(this Tensor a, double factor)
    {
        using Scalar scalar = factor;
        return a.mul(scalar);
    }

    /// <summary>a ← a + factor · b ⊙ c.</summary>
    public static Tensor AddProductInPlace(this Tensor a, Tensor b, Tensor c, double factor)
    {
        using Scalar scalar = factor;
        return a.addcmul_(b, c, scalar);
    }

    /// <summary>a ← a + factor · b / c, element by element.</summary>
    public static Tensor AddQuotientInPlace(this Tensor a, Tensor b, Tensor c, double factor)
    {
        using Scalar scalar = factor;
        return a.addcdiv_(b, c, scalar);
    }

    /// <summary>a ← a clamped to [−limit, limit]; NaN stays NaN.</summary>
    public static Tensor ClampInPlace(this Tensor a, double limit) => a.ClampInPlace(-limit, limit);

    /// <summary>a ← a clamped to [lowest, highest]; NaN stays NaN.</summary>
    public static Tensor ClampInPlace(this Tensor a, double lowest, double highest)
    {
        using Scalar low = lowest;
        using Scalar high = highest;
        return a.clamp_(low, high);
    }

    /// <summary>min(a, 0).</summary>
    public static Tensor NegativePart(this Tensor a) => a.clamp_max(Zero);

    /// <summary>max(a, number).</summary>
    public static Tensor ClampMin(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.clamp_min(scalar);
    }

    /// <summary>True where a &gt; number.</summary>
    public static Tensor GreaterThan(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.gt(scalar);
    }

    /// <summary>True where a &lt; number.</summary>
    public static Tensor LessThan(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.lt(scalar);
    }

    /// <summary>a ← 0 where <paramref name="mask"/> is true.</summary>
    public static Tensor ZeroInPlace(this Tensor a, Tensor mask) => a.masked_fill_(mask, Zero);

    /// <summary>a ← a where a &gt; 0, slope · a elsewhere.</summary>
    public static Tensor LeakyReluInPlace(this Tensor a, double slope)
    {
        using Scalar scalar = slope;
        return a.leaky_relu_(scalar);
    }

    /// <summary>a ← a where a &gt; 0, exp(a) − 1 elsewhere. (TorchSharp's elu_ with fewer numbers does not change its tensor.)</summary>
    public static Tensor EluInPlace(this Tensor a) => a.elu_(One, One, One);
}

/// <summary>
/// The memory of tensors as spans. Each call into the native library costs about a microsecond and one pass over its operands, so a few
/// multiplications per element are faster in one pass of C# over the same memory.
/// </summary>
internal static class TensorMemory
{
    /// <summary>True when the elements can be read and written as one span of floats, in order.</summary>
    public static bool IsPlain(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype == ScalarType.Float32 && tensor.is_contiguous();

    /// <summary>The elements of a plain tensor. The caller keeps the tensor alive while it uses the span.</summary>
    public static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>Moves a tensor to a device. Returns the original tensor when it is there already, and disposes it otherwise.</summary>
    public static Tensor MovedTo(this Tensor tensor, Device device)
    {
        var moved = tensor.to(device);
        if (moved.Handle != tensor.Handle)
            tensor.Dispose();
        return moved;
    }

    /// <summary>Copies a tensor of any device and number type into an array.</summary>
    public static float[] ToFloats(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>The same in double precision.</summary>
    public static double[] ToDoubles(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }
}
