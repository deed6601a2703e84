using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The guarantee of target propagation: if the largest eigenvalue of (I − f′g′)ᵀ(I − f′g′) is below 1, then to first order f of the target below is
/// nearer to the target than the activity is, for every target (docs/algorithm.md, section 6).
/// </summary>
internal static class Contraction
{
    private const int MostIterations = 200;

    /// <summary>The iteration stops when no row's eigenvalue changes by more than this, relative to the larger of itself and 1.</summary>
    private const double Tolerance = 1e-5;

    /// <summary>Added to lengths, so that dividing a vector of zeros by its length gives zeros.</summary>
    private const double Tiny = 1e-300;

    /// <summary>
    /// The largest eigenvalue of every row, <c>[batch]</c>, by power iteration, docs/algorithm.md (6.2): v ← AᵀA v / ‖AᵀA v‖ with A = I − f′g′. The
    /// estimate is vᵀAᵀA v.
    /// </summary>
    /// <param name="forward">f′ at h_{i−1}.</param>
    /// <param name="feedback">g′ at h_i.</param>
    /// <param name="start">Random vectors to start from, <c>[batch, units of layer i]</c>.</param>
    public static Tensor LargestEigenvalues(PathJacobian forward, PathJacobian feedback, Tensor start)
    {
        var vectors = Normalized(start);
        var eigenvalues = zeros(start.shape[0], dtype: start.dtype, device: start.device);
        for (var iteration = 0; iteration < MostIterations; iteration++)
        {
            using var scope = NewDisposeScope();
            var mapped = vectors.sub(forward.Times(feedback.Times(vectors)));
            var estimates = RowSums(mapped.mul(mapped));
            var moved = estimates.sub(eigenvalues).abs_().sub_(estimates.Times(Tolerance)).max().ToDouble();
            eigenvalues = estimates.MoveToOuterDisposeScope();
            if (moved <= Tolerance)
                break;
            vectors = Normalized(mapped.sub(feedback.TransposedTimes(forward.TransposedTimes(mapped)))).MoveToOuterDisposeScope();
        }
        return eigenvalues;
    }

    private static Tensor Normalized(Tensor vectors) => vectors.div(RowSums(vectors.mul(vectors)).sqrt_().ShiftInPlace(Tiny).unsqueeze(1));

    private static Tensor RowSums(Tensor rows) => rows.sum(dim: 1L);
}
