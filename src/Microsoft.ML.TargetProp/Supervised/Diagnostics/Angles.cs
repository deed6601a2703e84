using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Angles, in degrees, between a rule's updates and back-propagation's, and between g′ and f′ᵀ. 0° means the same direction.</summary>
internal static class Angles
{
    /// <summary>The angle between two directions in the weights and biases of a map; null where one of them is zero.</summary>
    public static double? Between(LayerMap a, LayerMap b)
    {
        using var scope = NewDisposeScope();
        double Dot(LayerMap x, LayerMap y) => x.Weight.mul(y.Weight).sum().ToDouble() + x.Bias.mul(y.Bias).sum().ToDouble();
        return Degrees(Dot(a, b), Dot(a, a), Dot(b, b));
    }

    /// <summary>
    /// The angle between g′ and f′ᵀ, taken as long vectors in every row: cos = tr(f′g′) / (‖f′‖ ‖g′‖), docs/algorithm.md (6.3). Mean over the rows where
    /// neither is zero; null when there is no such row.
    /// </summary>
    /// <param name="forward">f′.</param>
    /// <param name="feedback">g′.</param>
    /// <param name="like">A tensor of the shape of f's output, <c>[batch, units]</c>.</param>
    public static double? ToTranspose(PathJacobian forward, PathJacobian feedback, Tensor like)
    {
        using var scope = NewDisposeScope();
        var (inner, ofForward, ofFeedback) = (forward.Single, feedback.Single) is ({ } f, { } g) ? Products(f, g) : Products(forward, feedback, like);
        var angles = inner.ToDoubles().Zip(ofForward.ToDoubles(), ofFeedback.ToDoubles()).Select(r => Degrees(r.First, r.Second, r.Third)).OfType<double>().ToList();
        return angles.Count == 0 ? null : angles.Average();
    }

    /// <summary>
    /// With f′ = diag(s) W and g′ = diag(z) V: tr(f′g′) = zᵀ (V ∘ Wᵀ) s, ‖f′‖² = Σ_k s_k² ‖W_k‖², ‖g′‖² = Σ_j z_j² ‖V_j‖², row by row.
    /// </summary>
    private static (Tensor Inner, Tensor Forward, Tensor Feedback) Products((LayerMap Map, Tensor Slope) f, (LayerMap Map, Tensor Slope) g)
    {
        static Tensor SquaredNorm((LayerMap Map, Tensor Slope) map) =>
            map.Slope.mul(map.Slope).mv(map.Map.Weight.mul(map.Map.Weight).sum(dim: 1L));
        var inner = g.Slope.mm(g.Map.Weight.mul(f.Map.WeightTransposed)).mul_(f.Slope).sum(dim: 1L);
        return (inner, SquaredNorm(f), SquaredNorm(g));
    }

    /// <summary>The same sums for a path of several maps, one unit of the upper layer after the other.</summary>
    private static (Tensor Inner, Tensor Forward, Tensor Feedback) Products(PathJacobian forward, PathJacobian feedback, Tensor like)
    {
        var sums = zeros(3, like.shape[0], dtype: like.dtype, device: like.device);
        for (var k = 0L; k < like.shape[1]; k++)
        {
            using var scope = NewDisposeScope();
            var unit = zeros_like(like);
            unit.select(1, k).ShiftInPlace(1);
            Tensor row = forward.TransposedTimes(unit), column = feedback.Times(unit);
            sums.AddInPlace(stack([row.mul(column).sum(dim: 1L), row.mul(row).sum(dim: 1L), column.mul(column).sum(dim: 1L)]));
        }
        return (sums[0], sums[1], sums[2]);
    }

    private static double? Degrees(double inner, double squaredNorm, double otherSquaredNorm)
    {
        var lengths = Math.Sqrt(squaredNorm) * Math.Sqrt(otherSquaredNorm);
        return lengths > 0 ? Math.Acos(Math.Clamp(inner / lengths, -1, 1)) * (180 / Math.PI) : null;
    }
}
