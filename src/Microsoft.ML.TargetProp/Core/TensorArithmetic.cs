using TorchSharp;
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
