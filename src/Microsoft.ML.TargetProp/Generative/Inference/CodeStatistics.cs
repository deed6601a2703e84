using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Collects, over inferred rows, the variances around the maps and the moments of the top code; sums in double precision.</summary>
internal sealed class CodeStatistics : IDisposable
{
    /// <summary>No variance is smaller: a unit that never errs would make J infinite.</summary>
    private const double LeastVariance = 1e-6;

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

    /// <summary>Adds the rows of h_0 to h_M; errors at missing visible entries do not count.</summary>
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
    /// <param name="stated">In place of what was measured; see <see cref="StatedVariances"/>.</param>
    public float[][] InferenceVariances(double? stated = null) => [.. _inference.Select(s => stated is { } v ? Same(v, s) : Values(s.Times(1.0 / _rows).ShiftInPlace(LeastVariance)))];

    /// <summary>Variance of p(h_{k−1} | h_k), k = 1 to M.</summary>
    /// <param name="stated">Of the hidden layers, in place of what was measured.</param>
    public float[][] GenerationVariances(double? stated = null) =>
        [.. _generation.Select((s, i) => i == 0 ? Values(s.div(_observed).ShiftInPlace(LeastVariance)) : stated is { } v ? Same(v, s) : Values(s.Times(1.0 / _rows).ShiftInPlace(LeastVariance)))];

    private static float[] Same(double value, Tensor like) => [.. Enumerable.Repeat((float)value, (int)like.shape[0])];

    /// <summary>The Gaussian with the mean and the variance, or covariance, of the codes (algorithms, §5).</summary>
    /// <param name="kind">Factorised or full.</param>
    /// <param name="widening">Factor on the variances; 4 in the paper.</param>
    public PriorParameters Gaussian(TargetPropCodePrior kind, double widening) => GaussianPrior.Of(_sum, _products, _rows, kind, widening);

    private static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float32).cpu().data<float>().ToArray();
    }

    public void Dispose()
    {
        foreach (var tensor in _inference.Concat(_generation))
            tensor.Dispose();
        _observed.Dispose();
        _sum.Dispose();
        _products.Dispose();
    }
}
