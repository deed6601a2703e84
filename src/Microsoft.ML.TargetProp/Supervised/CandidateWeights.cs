using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Weights of the candidates of a committee. Each candidate has one member for every part of the rows, which did not learn from that part. So every row
/// has a prediction of every candidate that never saw it, and no network is trained a second time.
/// </summary>
internal static class CandidateWeights
{
    /// <summary>They end before the weights are the best for the held-out rows alone, which are few.</summary>
    private const int Steps = 100;

    /// <summary>A candidate of less weight is left out of the model.</summary>
    private const double Least = 0.01;

    /// <summary>Sets the weights of all members.</summary>
    /// <param name="committee">The trained networks.</param>
    /// <param name="plans">Their plans, in the same order.</param>
    /// <param name="training">The training rows.</param>
    /// <param name="parts">The parts that the members left out.</param>
    /// <returns>The weight of every candidate.</returns>
    public static double[] Learn(Committee committee, IReadOnlyList<MemberPlan> plans, Examples training, RowParts parts)
    {
        var candidates = plans.Max(p => p.Candidate) + 1;
        var (likelihoods, rowWeights) = (new List<double[]>(), new List<double>());
        for (var part = 0; part < parts.Count; part++)
        {
            using var scope = NewDisposeScope();
            var rows = training.Select(parts.In(part));
            var inputs = new SharedInputs(rows.Features, training.AreRaw, committee.Device);
            var losses = new double[candidates][];
            for (var m = 0; m < plans.Count; m++)
            {
                var member = committee.Members[m];
                if (plans[m].LeftOut == part)
                    losses[plans[m].Candidate] = OutputLayer.Losses(member.Shape.Output, member.Logits(inputs.Of(member.Encoding)), rows.Labels).ToDoubles();
            }
            likelihoods.AddRange(Enumerable.Range(0, losses[0].Length).Select(row => Array.ConvertAll(losses, candidate => Math.Exp(-candidate[row]))));
            rowWeights.AddRange(rows.Weights?.ToDoubles() ?? Enumerable.Repeat(1.0, losses[0].Length));
        }
        var weights = Mixture(likelihoods, rowWeights);
        for (var m = 0; m < plans.Count; m++)
            committee.Members[m].Weight = weights[plans[m].Candidate] is var weight && weight < Least ? 0 : (float)weight;
        return weights;
    }

    /// <summary>
    /// Weights that raise the likelihood of a mixture, by expectation and maximisation from equal weights, docs/algorithm.md (12.6): w_c ← the mean over
    /// rows of w_c p_c(y) / Σ_d w_d p_d(y).
    /// </summary>
    /// <param name="likelihoods">p_c(y) of every row's label under every candidate.</param>
    /// <param name="rowWeights">The weight of every row.</param>
    public static double[] Mixture(IReadOnlyList<double[]> likelihoods, IReadOnlyList<double> rowWeights)
    {
        var total = rowWeights.Sum();
        var weights = Enumerable.Repeat(1.0 / likelihoods[0].Length, likelihoods[0].Length).ToArray();
        for (var step = 0; step < Steps; step++)
        {
            var next = new double[weights.Length];
            for (var row = 0; row < likelihoods.Count; row++)
            {
                var mixture = 0.0;
                for (var c = 0; c < weights.Length; c++)
                    mixture += weights[c] * likelihoods[row][c];
                for (var c = 0; c < weights.Length; c++)
                    next[c] += rowWeights[row] / total * (mixture > 0 ? weights[c] * likelihoods[row][c] / mixture : weights[c]);
            }
            weights = next;
        }
        return weights;
    }
}
