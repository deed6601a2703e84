namespace Microsoft.ML.TargetProp;

/// <summary>The form of p(h_M), the distribution of a generative model's codes: samples are drawn from it, and J counts it.</summary>
public enum TargetPropCodePrior
{
    /// <summary>Independent Gaussian units, as in the paper (Bengio et al. 2015).</summary>
    Factorized = 0,

    /// <summary>One Gaussian with the covariance of the inferred codes: units that vary together are drawn together.</summary>
    FullCovariance = 1,

    /// <summary>Several Gaussians, each with a covariance: codes that fall into groups, such as the ten digits in their styles.</summary>
    Mixture = 2,
}
