namespace Microsoft.ML.TargetProp;

/// <summary>The form of the prior p(h_M), the distribution of a generative model's codes. Samples are drawn from it, and the objective counts it.</summary>
public enum TargetPropCodePrior
{
    /// <summary>Independent Gaussian units, as in the paper (Bengio et al. 2015).</summary>
    Factorized = 0,

    /// <summary>One Gaussian with the covariance of the inferred codes. Samples keep the correlations between units.</summary>
    FullCovariance = 1,

    /// <summary>Several Gaussians, each with a covariance. Suits codes that form groups, such as the ten digits in their styles.</summary>
    Mixture = 2,

    /// <summary>
    /// Independent Laplace units, which make codes sparse: every step of inference, in training too, ends with a soft threshold that sets small
    /// codes to 0. With one hidden layer, Gaussian visible units, the direction <see cref="TargetPropInferenceDirection.Gradient"/> and an
    /// inference weight above 0, this is predictive sparse decomposition (Kavukcuoglu, Ranzato and LeCun 2008).
    /// </summary>
    Laplace = 3,
}
