using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Feedback by the local difference reconstruction loss, L-DRL (Ernoult et al. 2022, arXiv 2201.13415). Its first term pulls g′ towards
/// the transpose of f′, its second keeps g′ from growing; both disturbances have the same variance, so that they meet at g′ = f′ᵀ.
/// </summary>
/// <param name="noise">σ, the standard deviation of both disturbances.</param>
internal sealed class LocalDifferenceReconstructionLearning(double noise) : DisturbanceLearning(noise)
{
    private readonly double _noise = noise;

    /// <summary>
    /// One step on −2⟨ε, g(f(h + ε)) − g(f(h))⟩ + ‖g(f(h) + ε′) − g(f(h))‖², ε and ε′ ~ N(0, σ²) (algorithms, §2).
    /// </summary>
    protected override void Learn(
        int k, LayerMap feedback, ForwardPass pass, Tensor disturbance, FeedbackDifference returned, RandomSource random, LayerMap update, LossMeter? losses)
    {
        var activity = pass.Activities[feedback.Shape.From];
        var grown = new FeedbackDifference(feedback, activity, random.Disturbed(activity, _noise));
        if (losses is not null)
        {
            losses.Add(k, grown.Value);
            losses.AddTo(k, -2 * disturbance.mul(returned.Value).sum().ToDouble() / pass.Batch.Rows);
        }
        returned.AddDerivative(update, pass.Batch.Weigh(disturbance.ScaleInPlace(-2.0 / pass.Batch.Rows)));
        grown.AddDerivative(update, pass.Batch.Weigh(grown.Value.Times(2.0 / pass.Batch.Rows)));
    }
}
