using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The guarantee of target propagation: if the largest eigenvalue of (I − f′g′)ᵀ(I − f′g′) is below 1, then to first order f of the target below is
/// nearer to the target than the activity is, for every target (docs/algorithm.md, section 6).
/// </summary>
internal static class Contraction
{
    private const int MaxIterations = 200;

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
        for (var iteration = 0; iteration < MaxIterations; iteration++)
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

/// <summary>
/// The Jacobians of a path of maps h ↦ φ(W h + b), one for every row of a batch, as products with vectors. The matrices are never formed: with
/// J_r = diag(φ′(a_r)) W for each map, a product with J_r is a matrix product and a derivative.
/// </summary>
internal sealed class PathJacobian
{
    private readonly LayerMap[] _maps;
    private readonly Tensor[] _slopes;

    /// <param name="maps">The maps, in the order in which they are applied.</param>
    /// <param name="outputs">The output of each map, <c>[batch, outputs]</c>.</param>
    public PathJacobian(IEnumerable<LayerMap> maps, IEnumerable<Tensor> outputs)
    {
        _maps = [.. maps];
        _slopes = [.. _maps.Zip(outputs, (map, output) => Slope(map.Activation, output))];
    }

    /// <summary>The only map of the path, with its slopes; null for a longer one.</summary>
    public (LayerMap Map, Tensor Slope)? Single => _maps.Length == 1 ? (_maps[0], _slopes[0]) : null;

    /// <summary>φ′(a) of every unit and row, given h = φ(a), in the shape of h.</summary>
    public static Tensor Slope(Activation activation, Tensor output)
    {
        var slope = ones_like(output);
        activation.MultiplyByDerivative(slope, output);
        return slope;
    }

    /// <summary>J_r v_r for every row, <c>[batch, inputs of the path]</c> to <c>[batch, outputs of the path]</c>.</summary>
    public Tensor Times(Tensor v)
    {
        for (var i = 0; i < _maps.Length; i++)
            v = v.mm(_maps[i].WeightTransposed).mul_(_slopes[i]);
        return v;
    }

    /// <summary>J_rᵀ u_r for every row, <c>[batch, outputs of the path]</c> to <c>[batch, inputs of the path]</c>.</summary>
    public Tensor TransposedTimes(Tensor u)
    {
        for (var i = _maps.Length - 1; i >= 0; i--)
            u = u.mul(_slopes[i]).mm(_maps[i].Weight);
        return u;
    }
}
