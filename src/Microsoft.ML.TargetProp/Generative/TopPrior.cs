namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The form of p(h_M).</summary>
internal enum TopPriorKind
{
    /// <summary>Independent Gaussian units, as in the paper.</summary>
    Factorized,

    /// <summary>The covariance that the inferred codes have: units that vary together are drawn together.</summary>
    FullCovariance,
}

/// <summary>One Gaussian of the prior, w N(mean, L Lᵀ): h_M = mean + L ε with ε ~ N(0, I).</summary>
/// <param name="Weight">w, above 0; the weights of a prior add up to 1.</param>
/// <param name="Mean">Mean of every top unit, <c>[units]</c>.</param>
/// <param name="Factor">L, lower triangular with a positive diagonal, row by row, <c>[units, units]</c>; diagonal for the factorised prior.</param>
internal sealed record PriorComponent(float Weight, float[] Mean, float[] Factor);

/// <summary>p(h_M): a mixture of Gaussians, often of one.</summary>
internal sealed record TopPrior(IReadOnlyList<PriorComponent> Components);
