using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Feedback by the local difference reconstruction loss, L-DRL (Ernoult et al. 2022, arXiv 2201.13415). The first term pulls g′ towards the
/// transpose of f′, and the second keeps g′ from growing. Both perturbations have the same variance, so the loss is lowest at g′ = f′ᵀ.
/// </summary>
/// <param name="noise">σ, the standard deviation of both perturbations.</param>
internal sealed class LocalDifferenceReconstructionLearning(double noise) : PerturbationLearning(noise)
{
    /// <summary>
    /// The gradient of −2⟨ε, g(f(h + ε)) − g(f(h))⟩ + ‖g(f(h) + ε′) − g(f(h))‖², ε and ε′ ~ N(0, σ²), docs/algorithm.md (3.3).
    /// </summary>
    protected override void Learn(
        int k, IForwardPath path, Tensor perturbation, FeedbackDifference returned, RandomSource random, LayerMap update, LossMeter? losses)
    {
        var feedback = path.Feedback[k];
        var activity = path.Activities[feedback.Shape.From];
        var grown = new FeedbackDifference(feedback, activity, random.WithNoise(activity, Noise));
        var rows = activity.size(0);
        if (losses is not null)
        {
            losses.Add(k, grown.Value);
            losses.AddTo(k, -2 * perturbation.mul(returned.Value).sum().ToDouble() / rows);
        }
        returned.AddDerivative(update, Weigh(path, perturbation.ScaleInPlace(-2.0 / rows)));
        grown.AddDerivative(update, Weigh(path, grown.Value.Times(2.0 / rows)));
    }
}
