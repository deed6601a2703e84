using Microsoft.ML.TargetProp.Supervised;


namespace Microsoft.ML.TargetProp.Core;

/// <summary>How feedback maps learn: an update direction for each of them from a forward pass.</summary>
internal interface IFeedbackLearning
{
    /// <summary>Writes the update direction of every feedback map into <paramref name="updates"/>.</summary>
    /// <param name="network">The network that <paramref name="pass"/> ran through.</param>
    /// <param name="pass">The forward pass of a mini-batch.</param>
    /// <param name="random">Where noise comes from.</param>
    /// <param name="updates">One map for each feedback map; overwritten.</param>
    /// <param name="losses">Where the reconstruction losses are reported, or null when nobody looks at this step.</param>
    void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, RandomSource random, ParameterBuffer updates, LossMeter? losses);
}
