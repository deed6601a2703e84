using TorchSharp;
using static TorchSharp.torch;
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

/// <summary>Running means of losses, one for each map, over the steps that are measured.</summary>
internal class LossMeter(int maps)
{
    private readonly double[] _sums = new double[maps];
    private readonly int[] _counts = new int[maps];

    /// <summary>Adds the mean over rows of the squared length of <paramref name="error"/>, <c>[batch, units]</c>.</summary>
    public virtual void Add(int map, Tensor error)
    {
        using var squared = error.mul(error);
        using var sum = squared.sum();
        _sums[map] += sum.to(ScalarType.Float64).cpu().item<double>() / error.shape[0];
        _counts[map]++;
    }

    /// <summary>The same for the error <paramref name="output"/> − <paramref name="target"/>.</summary>
    public void Add(int map, Tensor output, Tensor target)
    {
        using var error = output.sub(target);
        Add(map, error);
    }

    /// <summary>Adds a number to the loss that <see cref="Add(int, Tensor)"/> has just added, for losses with a second term.</summary>
    public void AddTo(int map, double value) => _sums[map] += value;

    /// <summary>The mean loss of one map; null when it reported none.</summary>
    public double? Mean(int map) => _counts[map] > 0 ? _sums[map] / _counts[map] : null;

    /// <summary>The mean losses of the maps that reported any.</summary>
    public IReadOnlyList<double> Means() => [.. Enumerable.Range(0, _sums.Length).Select(Mean).OfType<double>()];
}
