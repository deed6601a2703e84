using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Feedback by the difference reconstruction loss, DRL (Meulemans et al. 2020, arXiv 2006.14331): a disturbance of a layer is followed up
/// to where the feedback map starts, and what changes there must lead back to it. The weight decay that belongs to it is the optimiser's.
/// </summary>
/// <param name="noise">σ, the standard deviation of the disturbance.</param>
internal sealed class DifferenceReconstructionLearning(double noise) : IFeedbackLearning
{
    /// <summary>
    /// One step on ‖g(F(h + ε)) − g(F(h)) − ε‖², ε ~ N(0, σ²), F from the layer that g writes up to the layer that it reads
    /// (algorithms, §2). Units that dropout silenced stay silent.
    /// </summary>
    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, RandomSource random, ParameterBuffer updates, LossSink? losses)
    {
        updates.Flat.zero_();
        for (var k = 0; k < network.Feedback.Count; k++)
        {
            using var scope = NewDisposeScope();
            var feedback = network.Feedback[k];
            var (above, below) = (feedback.Shape.From, feedback.Shape.To);
            var disturbance = random.NormalLike(pass.Activities[below], noise);
            var moved = pass.FollowUp(network, below, above, pass.Activities[below].Plus(disturbance));
            var difference = new FeedbackDifference(feedback, pass.Activities[above], moved);
            var error = difference.Value.sub(disturbance);
            losses?.Add(k, error);
            difference.AddDerivative(updates.Maps[k], pass.Batch.Weigh(error.Scale(2.0 / pass.Batch.Rows)));
        }
    }
}
