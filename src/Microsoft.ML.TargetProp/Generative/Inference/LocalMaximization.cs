using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The M-step: every map takes one local step towards the values that the E-step inferred.</summary>
internal sealed class LocalMaximization : IDisposable
{
    private readonly GenerativeNetwork _network;
    private readonly ParameterBuffer _inferenceUpdates;
    private readonly ParameterBuffer _generativeUpdates;
    private readonly Adam _inference;
    private readonly Adam _generation;

    public LocalMaximization(GenerativeNetwork network)
    {
        _network = network;
        _inferenceUpdates = network.InferenceParameters.NewLike();
        _generativeUpdates = network.GenerativeParameters.NewLike();
        _inference = new(network.InferenceParameters, _inferenceUpdates, weightDecay: 0);
        _generation = new(network.GenerativeParameters, _generativeUpdates, weightDecay: 0);
    }

    /// <summary>One step of all maps towards the values at the end of the E-step, docs/algorithm.md (8.8) and (8.9).</summary>
    /// <param name="h">h_0 to h_M after the E-step.</param>
    /// <param name="missing">True at missing visible entries; null when there are none.</param>
    /// <param name="noise">σ of the noise added to the input of every map.</param>
    /// <param name="random">Draws the noise.</param>
    /// <param name="learningRate">Learning rate of Adam.</param>
    public void Step(Tensor[] h, Tensor? missing, double noise, RandomSource random, double learningRate)
    {
        using var scope = NewDisposeScope();
        for (var k = 1; k < h.Length; k++)
        {
            Generation(_network, _generativeUpdates.Maps[k - 1], k, random.WithNoise(h[k], noise), h[k - 1], k == 1 ? missing : null);
            Inference(_network, _inferenceUpdates.Maps[k - 1], k, random.WithNoise(h[k - 1], noise), h[k]);
        }
        _inference.Step(learningRate);
        _generation.Step(learningRate);
    }

    /// <summary>
    /// One step of all maps by the increments of the E-step, docs/algorithm.md (8.10). In addition to its moves in the E-step, the layer that g_k
    /// writes to moves from g_k's prediction to the forward pass in equal steps. The slides do this for the input, which would otherwise not
    /// change at all. Without it, the other g_k would not see their own errors either.
    /// </summary>
    /// <param name="h">h_0 to h_M after the forward pass and after every iteration.</param>
    /// <param name="missing">True at missing visible entries; null when there are none.</param>
    /// <param name="learningRate">Learning rate of Adam.</param>
    public void StepAlong(IReadOnlyList<Tensor[]> h, Tensor? missing, double learningRate)
    {
        using var scope = NewDisposeScope();
        var last = h.Count - 1;
        for (var k = 1; k < h[0].Length; k++)
        {
            Increments(_inferenceUpdates.Maps[k - 1], Enumerable.Range(0, last).Select(t => (h[t + 1][k].sub(h[t][k]), h[t][k - 1])));
            var arrival = h[0][k - 1].sub(_network.Down(k, h[0][k])).ScaleInPlace(1.0 / last);
            Increments(_generativeUpdates.Maps[k - 1], Enumerable.Range(0, last).Select(t => (Observed(h[t + 1][k - 1].sub(h[t][k - 1]).AddInPlace(arrival), k), h[t][k])));
        }
        _inference.Step(learningRate);
        _generation.Step(learningRate);

        Tensor Observed(Tensor change, int k) => k == 1 && missing is not null ? change.ZeroInPlace(missing) : change;
    }

    /// <summary>
    /// Writes the update, which an optimiser subtracts: minus the mean over rows of Σ_t Δpost_t · pre_tᵀ, docs/algorithm.md (8.10).
    /// </summary>
    /// <param name="update">The update direction; same shape as the map.</param>
    /// <param name="path">For every iteration, the change of the layer that the map writes to and the activity of the layer that it reads.</param>
    public static void Increments(LayerMap update, IEnumerable<(Tensor Change, Tensor Below)> path)
    {
        using var scope = NewDisposeScope();
        var steps = path.ToArray();
        // Stacked, so that the whole path takes one matrix product.
        var change = cat([.. steps.Select(s => s.Change)]);
        LocalUpdate.Outer(update, change.ScaleInPlace(-1.0 / steps[0].Change.shape[0]), cat([.. steps.Select(s => s.Below)]));
    }

    /// <summary>Writes the gradient of the mean over rows of ‖g_k(h_k + noise) − h_{k−1}‖² over the observed entries, docs/algorithm.md (8.8).</summary>
    public static void Generation(GenerativeNetwork network, LayerMap update, int k, Tensor disturbed, Tensor below, Tensor? missing)
    {
        using var scope = NewDisposeScope();
        var output = network.Down(k, disturbed);
        if (missing is null)
            LocalUpdate.Towards(update, output, below, disturbed, weights: null);
        else // A missing entry holds the model's own prediction, so it is no target.
            LocalUpdate.SquaredError(update, output, output.sub(below).ZeroInPlace(missing), disturbed, weights: null);
    }

    /// <summary>Writes the gradient of the mean over rows of ‖f_k(h_{k−1} + noise) − h_k‖², docs/algorithm.md (8.9).</summary>
    public static void Inference(GenerativeNetwork network, LayerMap update, int k, Tensor disturbed, Tensor above)
    {
        using var scope = NewDisposeScope();
        var output = network.Up(k, disturbed);
        LocalUpdate.Towards(update, output, above, disturbed, weights: null);
    }

    public void Dispose()
    {
        _inference.Dispose();
        _generation.Dispose();
        _inferenceUpdates.Dispose();
        _generativeUpdates.Dispose();
    }
}

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
