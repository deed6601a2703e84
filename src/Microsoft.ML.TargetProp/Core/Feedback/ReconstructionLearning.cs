using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Feedback as the decoder of a denoising auto-encoder whose encoder is the forward map: from f_i of a noisy h_{i−1}, g_i learns to return that
/// noisy h_{i−1} (Lee, Zhang, Fischer and Bengio 2015, arXiv 1412.7525).
/// </summary>
/// <param name="noise">σ, the standard deviation of the noise.</param>
internal sealed class ReconstructionLearning(double noise) : FeedbackLearning
{
    /// <summary>
    /// The gradient of ‖g_i(f_i(h_{i−1} + ε)) − (h_{i−1} + ε)‖², ε ~ N(0, σ²), for every feedback map, docs/algorithm.md (3.1). Discrete and
    /// stochastic layers send their signal up, and discrete ones send it into feedback too (docs/algorithm.md, section 5).
    /// </summary>
    public override void ComputeUpdates(IForwardPath path, RandomSource random, ParameterBuffer updates, LossMeter? losses)
    {
        var (signal, turn) = (path.Signal, 0);

        void Learn(int k)
        {
            var feedback = path.Feedback[k];
            using var disturbed = Disturb(k, path.Activities[feedback.Shape.To]);
            using var encoded = signal.IntoFeedback(path.Forward[feedback.Shape.From - 1].Apply(signal.Sent(disturbed, random)));
            using var reconstruction = feedback.Apply(encoded);
            losses?.Add(k, reconstruction, disturbed);
            LocalUpdate.Towards(updates.Maps[k], reconstruction, disturbed, encoded, path.RowWeights);
        }

        // The maps draw in their own order, on whichever thread they run: a seed gives the same numbers on every machine.
        Tensor Disturb(int k, Tensor activities)
        {
            while (Volatile.Read(ref turn) != k)
                Thread.SpinWait(10);
            try
            {
                return random.WithNoise(activities, noise);
            }
            finally
            {
                Volatile.Write(ref turn, k + 1);
            }
        }

        // No map depends on another's update, so they can learn side by side.
        if (losses is null && !signal.IsStochastic && TensorMemory.IsPlain(updates.Flat) && WorkSharing.IsWorthSharing(path.Feedback))
        {
            OpenMpTeam.Run(path.Feedback.Count, Learn);
            return;
        }
        for (var k = 0; k < path.Feedback.Count; k++)
            Learn(k);
    }
}
