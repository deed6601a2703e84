using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>J of every row and its terms (algorithms, §5), in nats and double precision; in the model's units, over the observed entries only.</summary>
/// <param name="Prior">log p(h_M), <c>[rows]</c>.</param>
/// <param name="Generation">log p(h_{k−1} | h_k) for k = 1 to M, <c>[rows, M]</c>.</param>
/// <param name="Inference">log q(h_k | h_{k−1}) for k = 1 to M, <c>[rows, M]</c>; not yet weighed.</param>
/// <param name="Total">J = Prior + Σ Generation + α Σ Inference, <c>[rows]</c>.</param>
internal sealed record ObjectiveTerms(Tensor Prior, Tensor Generation, Tensor Inference, Tensor Total);

/// <summary>
/// J: how well the model explains rows together with what was inferred of them. Its Gaussians have one variance for a whole layer (and for
/// each kind of visible column): the E-step does not know of more, and a pixel at the rim, which is hardly ever inked, would with a variance
/// of its own outweigh all others. p(x | h_1) has the variance that the training rows showed; that of the hidden layers is stated by the
/// steps of the E-step (see <see cref="StatedVariances"/>).
/// </summary>
internal sealed class VariationalObjective : IDisposable
{
    private readonly GenerativeNetwork _network;
    private readonly CodePrior _prior;
    private readonly double _inferenceWeight;
    private readonly Tensor[] _generation;
    private readonly Tensor[] _inference;

    /// <param name="network">The maps; not owned.</param>
    /// <param name="prior">p(h_M); not owned.</param>
    /// <param name="snapshot">The variances and α.</param>
    public VariationalObjective(GenerativeNetwork network, CodePrior prior, GenerativeSnapshot snapshot)
    {
        (_network, _prior, _inferenceWeight) = (network, prior, snapshot.Settings.InferenceWeight);
        Tensor Variances(float[] values) => tensor(values, ScalarType.Float64, network.Device).DetachFromDisposeScope();
        _generation = [.. snapshot.GenerationVariances.Select((v, i) => Variances(i == 0 ? OneForEachKind(v, snapshot.Shape.Visible) : v))];
        _inference = [.. snapshot.InferenceVariances.Select(Variances)];
    }

    private static float[] OneForEachKind(float[] variances, IReadOnlyList<TargetPropVisibleUnits> kinds)
    {
        var means = kinds.Zip(variances).GroupBy(p => p.First, p => p.Second).ToDictionary(g => g.Key, g => g.Average());
        return [.. kinds.Select(k => means[k])];
    }

    /// <summary>J = log p(h_M) + Σ log p(h_{k−1} | h_k) + α Σ log q(h_k | h_{k−1}) (algorithms, §5).</summary>
    /// <param name="h">h_0 to h_M.</param>
    /// <param name="missing">True at the visible entries that are not observed: p(x | h_1) has no factor for them.</param>
    public ObjectiveTerms Terms(Tensor[] h, Tensor missing)
    {
        using var scope = NewDisposeScope();
        var layers = Enumerable.Range(1, h.Length - 1).ToArray();
        var generation = stack(layers.Select(k => LogNormal(h[k - 1], _network.Down(k, h[k]), _generation[k - 1], k == 1 ? missing : null)), dim: 1);
        var inference = stack(layers.Select(k => LogNormal(h[k], _network.Up(k, h[k - 1]), _inference[k - 1], null)), dim: 1);
        var prior = _prior.LogDensity(h[^1]);
        var total = prior.Plus(generation.sum(dim: 1L)).AddScaledInPlace(inference.sum(dim: 1L), _inferenceWeight);
        return new(prior.MoveToOuterDisposeScope(), generation.MoveToOuterDisposeScope(), inference.MoveToOuterDisposeScope(), total.MoveToOuterDisposeScope());
    }

    /// <summary>Σ_j −½ (value_j − mean_j)² / v_j − ½ log 2π v_j of every row, over the entries that are not left out.</summary>
    private static Tensor LogNormal(Tensor value, Tensor mean, Tensor variances, Tensor? leftOut)
    {
        using var scope = NewDisposeScope();
        var error = value.to(ScalarType.Float64).sub(mean.to(ScalarType.Float64));
        var scale = variances.Times(2 * Math.PI).log_().ScaleInPlace(-0.5);
        var logs = error.mul_(error).div_(variances).ScaleInPlace(-0.5).AddInPlace(scale);
        if (leftOut is not null)
            logs.ZeroInPlace(leftOut);
        return logs.sum(dim: 1L).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var variances in _generation.Concat(_inference))
            variances.Dispose();
    }
}
