using TorchSharp;
using Microsoft.ML.TargetProp.Networks;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Feedback as the decoder of a denoising auto-encoder whose encoder is the forward map: g_i learns to return a disturbed h_{i−1}
/// from f_i of it.
/// </summary>
/// <param name="noise">σ, the standard deviation of the disturbance.</param>
internal sealed class ReconstructionLearning(double noise) : IFeedbackLearning
{
    /// <summary>
    /// One step on ‖g_i(f_i(h_{i−1} + ε)) − (h_{i−1} + ε)‖², ε ~ N(0, σ²), for every feedback map (algorithms, §1 step 5). Where
    /// units do not send their activities, the disturbed h_{i−1} goes up as what they send of it, and so does f_i of it come down (§3).
    /// </summary>
    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, RandomSource random, ParameterBuffer updates, LossSink? losses)
    {
        var signal = network.Shape.Signal;
        for (var k = 0; k < network.Feedback.Count; k++)
        {
            var feedback = network.Feedback[k];
            var (above, below) = (feedback.Shape.From, feedback.Shape.To);
            // Given back at once: the next layer finds memory that is still in the cache.
            using var disturbed = random.Disturbed(pass.Activities[below], noise);
            using var encoded = signal.IntoFeedback(network.Forward[above - 1].Apply(signal.Sent(disturbed, random)));
            using var reconstruction = feedback.Apply(encoded);
            losses?.Add(k, reconstruction, disturbed);
            LocalUpdate.Towards(updates.Maps[k], reconstruction, disturbed, encoded, pass.Batch.Weights);
        }
    }
}
