namespace Microsoft.ML.TargetProp;

/// <summary>The kind of numbers that a slot holds for a generative model.</summary>
public enum TargetPropVisibleUnits
{
    /// <summary>Real numbers in [0, 1], such as pixels and flags. The model generates them through the logistic function.</summary>
    Logistic = 0,

    /// <summary>Unbounded real numbers. The model standardises them with the mean and standard deviation of the training rows.</summary>
    Gaussian = 1,
}

/// <summary>The direction in which inference moves a hidden layer so that it explains the layer below.</summary>
public enum TargetPropInferenceDirection
{
    /// <summary>f_k(h_{k−1}) − f_k(g_k(h_k)), the estimator of difference target propagation. It needs no derivative.</summary>
    Estimator = 0,

    /// <summary>The gradient that the estimator approximates, computed with the derivative of g_k. For comparison.</summary>
    Gradient = 1,
}

/// <summary>What the maps of a generative model learn from after the inference of a mini-batch.</summary>
public enum TargetPropMaximization
{
    /// <summary>The values at the end of inference, as denoising auto-encoders learn.</summary>
    FinalValues = 0,

    /// <summary>
    /// The changes during inference: the activity of the layer that a map reads, times the change of the layer that it writes to, summed over the
    /// iterations. This is the reading of iterated target propagation as spike-timing-dependent plasticity (Bengio et al. 2015).
    /// </summary>
    Increments = 1,
}

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

/// <summary>The value that fills a missing entry.</summary>
public enum TargetPropInpaintingOutput
{
    /// <summary>The expected value. It has the smallest squared error, and is a blend when several answers fit. For tables.</summary>
    ExpectedValue = 0,

    /// <summary>A random draw: one of the answers that fit, without blending. For pictures.</summary>
    Sample = 1,
}
