using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>A model on one mini-batch, as feedback learning sees it: its maps, and the activities of the forward pass.</summary>
internal interface IForwardPath
{
    /// <summary>f_1 to f_M; <c>Forward[i - 1]</c> leads to layer i.</summary>
    IReadOnlyList<LayerMap> Forward { get; }

    /// <summary>The feedback maps, each between two layers of its own.</summary>
    IReadOnlyList<LayerMap> Feedback { get; }

    /// <summary>h_0 to h_M, each <c>[batch, units]</c>.</summary>
    IReadOnlyList<Tensor> Activities { get; }

    /// <summary>What hidden layers send of their activities.</summary>
    HiddenSignal Signal { get; }

    /// <summary>Example weights, <c>[batch, 1]</c>; null when all rows count alike.</summary>
    Tensor? RowWeights { get; }

    /// <summary>
    /// The activities that layer <paramref name="above"/> would have if layer <paramref name="below"/> had the given ones. Units that dropout
    /// has silenced in this pass stay silent.
    /// </summary>
    Tensor FollowUp(int below, int above, Tensor activities);
}

/// <summary>A way in which feedback maps learn. It computes an update direction for each of them.</summary>
internal abstract class FeedbackLearning
{
    /// <summary>The implementation of an option; null for <see cref="TargetPropFeedbackLearning.None"/>.</summary>
    /// <param name="kind">The way of learning; not <see cref="TargetPropFeedbackLearning.Automatic"/>.</param>
    /// <param name="noise">σ of the noise on activities.</param>
    public static FeedbackLearning? Of(TargetPropFeedbackLearning kind, double noise) => kind switch
    {
        TargetPropFeedbackLearning.Reconstruction => new ReconstructionLearning(noise),
        TargetPropFeedbackLearning.DifferenceReconstruction => new DifferenceReconstructionLearning(noise),
        TargetPropFeedbackLearning.LocalDifferenceReconstruction => new LocalDifferenceReconstructionLearning(noise),
        TargetPropFeedbackLearning.None => null,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is no way of feedback learning."),
    };

    /// <summary>Writes the update direction of every feedback map into <paramref name="updates"/>.</summary>
    /// <param name="path">The model and its forward pass.</param>
    /// <param name="random">Draws the noise.</param>
    /// <param name="updates">One map for each feedback map; overwritten.</param>
    /// <param name="losses">Receives the loss of every feedback map; null when this step is not measured.</param>
    public abstract void ComputeUpdates(IForwardPath path, RandomSource random, ParameterBuffer updates, LossMeter? losses);
}
