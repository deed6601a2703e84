using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

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
        if (losses is null && !network.Shape.Signal.IsStochastic && TensorMemory.IsPlain(updates.Flat) && ComputeTeam.IsWorthSharing(network.Feedback))
        {
            ComputeUpdatesSideBySide(network, pass, random, updates);
            return;
        }
        for (var k = 0; k < network.Feedback.Count; k++)
        {
            // Given back at once: the next layer finds memory that is still in the cache.
            using var disturbed = random.Disturbed(pass.Activities[network.Feedback[k].Shape.To], noise);
            ComputeUpdate(network, pass, k, disturbed, random, updates, losses);
        }
    }

    /// <summary>No map waits for another. Only the noise is drawn in their order: a seed stands for the same numbers on any machine.</summary>
    private void ComputeUpdatesSideBySide(TargetPropNetwork network, ForwardPass pass, RandomSource random, ParameterBuffer updates)
    {
        var disturbed = new Tensor[network.Feedback.Count];
        for (var k = 0; k < disturbed.Length; k++)
            disturbed[k] = random.Disturbed(pass.Activities[network.Feedback[k].Shape.To], noise);
        ComputeTeam.Run(disturbed.Length, k => ComputeUpdate(network, pass, k, disturbed[k], random, updates, losses: null));
        foreach (var tensor in disturbed)
            tensor.Dispose();
    }

    /// <summary>The step of one map, given the disturbed h_{i−1}.</summary>
    private static void ComputeUpdate(
        TargetPropNetwork network, ForwardPass pass, int k, Tensor disturbed, RandomSource random, ParameterBuffer updates, LossSink? losses)
    {
        var signal = network.Shape.Signal;
        var feedback = network.Feedback[k];
        using var encoded = signal.IntoFeedback(network.Forward[feedback.Shape.From - 1].Apply(signal.Sent(disturbed, random)));
        using var reconstruction = feedback.Apply(encoded);
        losses?.Add(k, reconstruction, disturbed);
        LocalUpdate.Towards(updates.Maps[k], reconstruction, disturbed, encoded, pass.Batch.Weights);
    }
}
