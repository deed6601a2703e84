using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Collects the variances around the maps and the moments of the top code over inferred rows, as sums in double precision.</summary>
internal sealed class CodeStatistics : IDisposable
{
    /// <summary>Added to every variance: a unit without any error would make the objective infinite.</summary>
    private const double MinVariance = 1e-6;

    private readonly GenerativeNetwork _network;
    private readonly Tensor[] _inference;
    private readonly Tensor[] _generation;
    private readonly Tensor _observed;
    private readonly Tensor _sum;
    private readonly Tensor _products;
    private long _rows;

    public CodeStatistics(GenerativeNetwork network)
    {
        _network = network;
        var shape = network.Shape;
        Tensor Zeros(params long[] size) => zeros(size, dtype: ScalarType.Float64, device: network.Device).DetachFromDisposeScope();
        _inference = [.. Enumerable.Range(1, shape.Top).Select(k => Zeros(shape.Units(k)))];
        _generation = [.. Enumerable.Range(1, shape.Top).Select(k => Zeros(shape.Units(k - 1)))];
        _observed = Zeros(shape.VisibleUnits);
        _sum = Zeros(shape.Units(shape.Top));
        _products = Zeros(shape.Units(shape.Top), shape.Units(shape.Top));
    }

    /// <summary>Adds the rows of h_0 to h_M. Errors at missing visible entries do not count.</summary>
    public void Add(Tensor[] h, Tensor missing)
    {
        using var scope = NewDisposeScope();
        for (var k = 1; k < h.Length; k++)
        {
            var down = h[k - 1].sub(_network.Down(k, h[k]));
            if (k == 1)
                down.ZeroInPlace(missing);
            _generation[k - 1].AddInPlace(down.mul_(down).to(ScalarType.Float64).sum(dim: 0L));
            var up = h[k].sub(_network.Up(k, h[k - 1]));
            _inference[k - 1].AddInPlace(up.mul_(up).to(ScalarType.Float64).sum(dim: 0L));
        }
        _observed.AddInPlace(missing.logical_not().to(ScalarType.Float64).sum(dim: 0L));
        var top = h[^1].to(ScalarType.Float64);
        _sum.AddInPlace(top.sum(dim: 0L));
        _products.AddInPlace(top.t().mm(top));
        _rows += top.shape[0];
    }

    /// <summary>Variance of q(h_k | h_{k−1}), k = 1 to M.</summary>
    /// <param name="stated">Replaces the measured variances; see <see cref="VariationalObjective.StatedInferenceVariance"/>.</param>
    public float[][] InferenceVariances(double? stated) => [.. _inference.Select(sums => Hidden(sums, stated))];

    /// <summary>Variance of p(h_{k−1} | h_k), k = 1 to M.</summary>
    /// <param name="stated">Replaces the measured variances of the hidden layers; see <see cref="VariationalObjective.StatedGenerationVariance"/>.</param>
    public float[][] GenerationVariances(double? stated) =>
        [_generation[0].div(_observed).ShiftInPlace(MinVariance).ToFloats(), .. _generation.Skip(1).Select(sums => Hidden(sums, stated))];

    private float[] Hidden(Tensor sums, double? stated) => stated is { } variance
        ? [.. Enumerable.Repeat((float)variance, (int)sums.shape[0])]
        : sums.Times(1.0 / _rows).ShiftInPlace(MinVariance).ToFloats();

    /// <summary>The prior of one Gaussian with the moments of the codes.</summary>
    /// <param name="kind">Factorised or full.</param>
    /// <param name="widening">Factor on the variances; 4 in the paper.</param>
    public PriorParameters Gaussian(TargetPropCodePrior kind, double widening) => GaussianPrior.Of(_sum, _products, _rows, kind, widening);

    public void Dispose()
    {
        foreach (var tensor in _inference.Concat(_generation))
            tensor.Dispose();
        _observed.Dispose();
        _sum.Dispose();
        _products.Dispose();
    }
}
