using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The objective J of every row and its terms, docs/algorithm.md (8.1), in nats and double precision; in the model's units, over the observed
/// entries only.
/// </summary>
/// <param name="Prior">log p(h_M), <c>[rows]</c>.</param>
/// <param name="Generation">log p(h_{k−1} | h_k) for k = 1 to M, <c>[rows, M]</c>.</param>
/// <param name="Inference">log q(h_k | h_{k−1}) for k = 1 to M, without the factor α, <c>[rows, M]</c>.</param>
/// <param name="Total">J = Prior + Σ Generation + α Σ Inference, <c>[rows]</c>.</param>
internal sealed record ObjectiveTerms(Tensor Prior, Tensor Generation, Tensor Inference, Tensor Total);

/// <summary>
/// The objective: how well the model explains rows together with the codes inferred from them. Its Gaussians have one variance for a whole
/// layer, and one for each kind of visible column. The E-step knows no other variances, and a pixel at the rim, which is hardly ever inked, would
/// outweigh all others with a variance of its own. p(x | h_1) has the variance measured on the training rows; the variances of the hidden layers
/// are stated by the step sizes of the E-step, (8.6).
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

    /// <summary>
    /// Variance of p(h_k | h_{k+1}) for a hidden layer k, δσ² / λ, docs/algorithm.md (8.6); null when λ or σ is 0 and the measured variance is used.
    /// </summary>
    /// <remarks>
    /// Variances of hidden layers cannot be learned: the code is a point, not a distribution, so the objective would grow without bound as the
    /// hidden layers shrink towards the prediction of the layer above. They need not be learned either, because the E-step states them. The
    /// estimator is σ² times a gradient, where σ is the noise that the maps were trained with. So δ times the estimator plus
    /// λ (g_{k+1}(h_{k+1}) − h_k) is the direction δσ² ∂J/∂h_k for exactly one variance of p(h_k | h_{k+1}): the one with λ = δσ² / variance.
    /// In the same way α (f_k(h_{k−1}) − h_k) states the variance δσ² of q.
    /// </remarks>
    /// <param name="settings">The E-step.</param>
    /// <param name="noise">σ.</param>
    public static double? StatedGenerationVariance(InferenceSettings settings, double noise) =>
        settings.TopDownStep > 0 && noise > 0 ? settings.Step * noise * noise / settings.TopDownStep : null;

    /// <summary>Variance of q(h_k | h_{k−1}), δσ², docs/algorithm.md (8.6); null when σ is 0.</summary>
    /// <inheritdoc cref="StatedGenerationVariance"/>
    public static double? StatedInferenceVariance(InferenceSettings settings, double noise) => noise > 0 ? settings.Step * noise * noise : null;

    /// <summary>J = log p(h_M) + Σ log p(h_{k−1} | h_k) + α Σ log q(h_k | h_{k−1}), docs/algorithm.md (8.1).</summary>
    /// <param name="h">h_0 to h_M.</param>
    /// <param name="missing">True at missing visible entries: p(x | h_1) has no factor for them.</param>
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

    /// <summary>Σ_j −½ (value_j − mean_j)² / v_j − ½ log 2π v_j of every row, without the entries in <paramref name="excluded"/>.</summary>
    private static Tensor LogNormal(Tensor value, Tensor mean, Tensor variances, Tensor? excluded)
    {
        using var scope = NewDisposeScope();
        var error = value.to(ScalarType.Float64).sub(mean.to(ScalarType.Float64));
        var scale = variances.Times(2 * Math.PI).log_().ScaleInPlace(-0.5);
        var logs = error.mul_(error).div_(variances).ScaleInPlace(-0.5).AddInPlace(scale);
        if (excluded is not null)
            logs.ZeroInPlace(excluded);
        return logs.sum(dim: 1L).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var variances in _generation.Concat(_inference))
            variances.Dispose();
    }
}
