namespace Microsoft.ML.TargetProp;

/// <summary>An estimate of a generative model's log-likelihood by a Parzen window, in nats, with slots in standardised units.</summary>
internal sealed class TargetPropLogLikelihood
{
    internal TargetPropLogLikelihood(double mean, double standardError, double deviation)
    {
        Mean = mean;
        StandardError = standardError;
        Deviation = deviation;
    }

    /// <summary>Mean over the rows.</summary>
    public double Mean { get; }

    /// <summary>Standard error of the mean over the rows; NaN for one row.</summary>
    public double StandardError { get; }

    /// <summary>σ, the width of the window. It is chosen on the validation rows.</summary>
    public double Deviation { get; }
}
