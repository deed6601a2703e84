using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

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
    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, RandomSource random, ParameterBuffer updates, LossMeter? losses)
    {
        var (signal, turn) = (network.Shape.Signal, 0);
        void Learn(int k)
        {
            var feedback = network.Feedback[k];
            using var disturbed = Disturb(k, pass.Activities[feedback.Shape.To]);
            using var encoded = signal.IntoFeedback(network.Forward[feedback.Shape.From - 1].Apply(signal.Sent(disturbed, random)));
            using var reconstruction = feedback.Apply(encoded);
            losses?.Add(k, reconstruction, disturbed);
            LocalUpdate.Towards(updates.Maps[k], reconstruction, disturbed, encoded, pass.Batch.Weights);
        }

        // In the order of the maps, whichever thread draws: a seed stands for the same numbers on any machine.
        Tensor Disturb(int k, Tensor activities)
        {
            while (Volatile.Read(ref turn) != k)
                Thread.SpinWait(10);
            try
            {
                return random.Disturbed(activities, noise);
            }
            finally
            {
                Volatile.Write(ref turn, k + 1);
            }
        }

        // No map waits for what another learns.
        if (losses is null && !signal.IsStochastic && TensorMemory.IsPlain(updates.Flat) && OpenMpTeam.IsWorthSharing(network.Feedback))
        {
            OpenMpTeam.Run(network.Feedback.Count, Learn);
            return;
        }
        for (var k = 0; k < network.Feedback.Count; k++)
            Learn(k);
    }
}
