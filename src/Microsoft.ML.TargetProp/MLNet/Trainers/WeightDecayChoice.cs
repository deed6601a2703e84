using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// The weight decay of a small table. How much is right differs by more than a rule on rows and columns can tell: tables that a straight
/// line divides want much, spirals want none. So it is tried, on rows held out of the training rows.
/// </summary>
/// <param name="learn">Learns the standardisation of raw features, which belong to a table.</param>
/// <param name="shape">Of the network.</param>
/// <param name="settings">Everything but the decay.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
internal sealed class WeightDecayChoice(
    Func<ExampleTable, Standardization?> learn, NetworkShape shape, LearningSettings settings, Action checkAlive)
{
    /// <summary>Fewer rows can not spare any.</summary>
    public const int FewestRows = 20;

    private const double HeldOut = 0.25;

    /// <summary>Fewer rows than this are divided several times: what a handful of them says is mostly chance.</summary>
    private const int RowsForOneSplit = 1000;

    private const int SplitsOfFewRows = 2;

    /// <summary>At the default rates, 0.3 shrinks a weight that nothing maintains to about a fifth over 3,000 steps, and 3 to nothing.</summary>
    private static readonly double[] Candidates = [0, 0.3, 3];

    /// <summary>The candidate with the lowest log-loss on the rows held out.</summary>
    /// <param name="table">The training rows; they stay as they are.</param>
    /// <param name="device">The device to train on.</param>
    public double Choose(ExampleTable table, torch.Device device)
    {
        double[] candidates = [.. Candidates.Where(c => c * Math.Max(settings.LearningRate, settings.FeedbackLearningRate) < 1)];
        var losses = new double[candidates.Length];
        var splits = table.Rows < RowsForOneSplit ? SplitsOfFewRows : 1;
        for (var split = 0; split < splits; split++)
        {
            using var scope = torch.NewDisposeScope();
            var (kept, heldOut) = table.Split(HeldOut, settings.Seed + split);
            var standardization = learn(kept);
            using var rows = kept.MoveTo(device, shape.Output, settings.Augmentation is null ? standardization : null);
            using var others = heldOut.MoveTo(device, shape.Output, standardization);
            for (var c = 0; c < candidates.Length; c++)
                losses[c] += Loss(settings with { WeightDecay = candidates[c] }, standardization, rows, others);
        }
        return candidates[Array.IndexOf(losses, losses.Min())];
    }

    private double Loss(LearningSettings tried, Standardization? standardization, Examples rows, Examples others)
    {
        try
        {
            var loss = new ClassifierTrainer(tried, null, checkAlive).Run(shape, standardization, rows, others).Epochs[^1].ValidationLoss!.Value;
            return double.IsNaN(loss) ? double.PositiveInfinity : loss;
        }
        catch (TrainingDivergedException)
        {
            return double.PositiveInfinity;
        }
    }
}
