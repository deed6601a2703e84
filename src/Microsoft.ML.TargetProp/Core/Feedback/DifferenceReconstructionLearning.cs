using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Feedback by the difference reconstruction loss, DRL (Meulemans et al. 2020, arXiv 2006.14331): the change that a perturbation causes at the
/// layer where the feedback map starts must lead back to the perturbation. The optimiser adds the weight decay that the loss needs.
/// </summary>
/// <param name="noise">σ, the standard deviation of the perturbation.</param>
internal sealed class DifferenceReconstructionLearning(double noise) : PerturbationLearning(noise)
{
    /// <summary>
    /// The gradient of ‖g(F(h + ε)) − g(F(h)) − ε‖², docs/algorithm.md (3.2). F leads from the layer that g writes up to the layer that g reads.
    /// </summary>
    protected override void Learn(
        int k, IForwardPath path, Tensor perturbation, FeedbackDifference returned, RandomSource random, LayerMap update, LossMeter? losses)
    {
        var error = returned.Value.sub(perturbation);
        losses?.Add(k, error);
        returned.AddDerivative(update, Weigh(path, error.ScaleInPlace(2.0 / error.size(0))));
    }
}
