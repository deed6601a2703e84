using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Feedback by the local difference reconstruction loss, L-DRL (Ernoult et al. 2022, arXiv 2201.13415). Its first term pulls g′ towards
/// the transpose of f′, its second keeps g′ from growing; both disturbances have the same variance, so that they meet at g′ = f′ᵀ.
/// </summary>
/// <param name="noise">σ, the standard deviation of both disturbances.</param>
internal sealed class LocalDifferenceReconstructionLearning(double noise) : IFeedbackLearning
{
    /// <summary>
    /// One step on −2⟨ε, g(f(h + ε)) − g(f(h))⟩ + ‖g(f(h) + ε′) − g(f(h))‖², ε and ε′ ~ N(0, σ²), for every feedback map
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
            var fromBelow = new FeedbackDifference(feedback, pass.Activities[above], moved);
            var fromAbove = new FeedbackDifference(feedback, pass.Activities[above], random.Disturbed(pass.Activities[above], noise));
            if (losses is not null)
            {
                losses.Add(k, fromAbove.Value);
                losses.AddTo(k, -2 * disturbance.mul(fromBelow.Value).sum().ToDouble() / pass.Batch.Rows);
            }
            fromBelow.AddDerivative(updates.Maps[k], pass.Batch.Weigh(disturbance.Scale(-2.0 / pass.Batch.Rows)));
            fromAbove.AddDerivative(updates.Maps[k], pass.Batch.Weigh(fromAbove.Value.Times(2.0 / pass.Batch.Rows)));
        }
    }
}
