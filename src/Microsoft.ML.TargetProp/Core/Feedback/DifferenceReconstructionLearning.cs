using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Feedback by the difference reconstruction loss, DRL (Meulemans et al. 2020, arXiv 2006.14331): a disturbance of a layer is followed up
/// to where the feedback map starts, and what changes there must lead back to it. The weight decay that belongs to it is the optimiser's.
/// </summary>
/// <param name="noise">σ, the standard deviation of the disturbance.</param>
internal sealed class DifferenceReconstructionLearning(double noise) : DisturbanceLearning(noise)
{
    /// <summary>
    /// One step on ‖g(F(h + ε)) − g(F(h)) − ε‖², F from the layer that g writes up to the layer that it reads (algorithms, §2).
    /// </summary>
    protected override void Learn(
        int k, LayerMap feedback, ForwardPass pass, Tensor disturbance, FeedbackDifference returned, RandomSource random, LayerMap update, LossMeter? losses)
    {
        var error = returned.Value.sub(disturbance);
        losses?.Add(k, error);
        returned.AddDerivative(update, pass.Batch.Weigh(error.ScaleInPlace(2.0 / pass.Batch.Rows)));
    }
}
