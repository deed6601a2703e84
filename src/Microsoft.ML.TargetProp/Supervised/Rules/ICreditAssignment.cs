namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Who is to blame for the error: turns a forward pass into an update direction for every forward map. A rule keeps no
/// parameters: feedback maps belong to the network, how they learn is an <see cref="IFeedbackLearning"/>, and how far
/// parameters move is an <see cref="IOptimizer"/>.
/// </summary>
internal interface ICreditAssignment
{
    /// <summary>The feedback maps that this rule needs in a network of this shape.</summary>
    IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape);

    /// <summary>Writes the update direction of every forward map into <paramref name="updates"/>.</summary>
    /// <param name="network">The network that <paramref name="pass"/> ran through.</param>
    /// <param name="pass">The forward pass of a mini-batch.</param>
    /// <param name="updates">One map for each forward map; overwritten.</param>
    /// <param name="losses">Where the rule reports its layer losses, or null when nobody looks at this step.</param>
    void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, ParameterBuffer updates, LossMeter? losses);
}
