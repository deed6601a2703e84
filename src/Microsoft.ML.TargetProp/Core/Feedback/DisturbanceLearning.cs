using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Feedback learning that disturbs a layer, follows the disturbance ε ~ N(0, σ²) up to where the feedback map starts, and back.</summary>
/// <param name="noise">σ.</param>
internal abstract class DisturbanceLearning(double noise) : IFeedbackLearning
{
    /// <summary>One step for every feedback map. Units that dropout silenced stay silent.</summary>
    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, RandomSource random, ParameterBuffer updates, LossMeter? losses)
    {
        updates.Flat.zero_();
        for (var k = 0; k < network.Feedback.Count; k++)
        {
            using var scope = NewDisposeScope();
            var feedback = network.Feedback[k];
            var (above, below) = (feedback.Shape.From, feedback.Shape.To);
            var disturbance = random.NormalLike(pass.Activities[below], noise);
            var moved = pass.FollowUp(network, below, above, pass.Activities[below].Plus(disturbance));
            var returned = new FeedbackDifference(feedback, pass.Activities[above], moved);
            Learn(k, feedback, pass, disturbance, returned, random, updates.Maps[k], losses);
        }
    }

    /// <summary>Adds the derivative of feedback map k's loss to <paramref name="update"/>, which is zero.</summary>
    protected abstract void Learn(
        int k, LayerMap feedback, ForwardPass pass, Tensor disturbance, FeedbackDifference returned, RandomSource random, LayerMap update, LossMeter? losses);
}
