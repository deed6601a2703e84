using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

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
