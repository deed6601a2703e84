using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// Chooses the weight decay of a small table by trying candidates on held-out rows. No rule on the numbers of rows and columns would do: tables
/// that a straight line divides need much decay, spirals need none.
/// </summary>
/// <param name="learn">Learns the encoding of a table of raw features.</param>
/// <param name="shape">The shape of the network.</param>
/// <param name="settings">All settings except the decay.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
internal sealed class WeightDecayChoice(
    Func<ExampleTable, ColumnEncoding?> learn, NetworkShape shape, ClassifierSettings settings, Action checkAlive)
{
    /// <summary>Smaller tables have no rows to spare.</summary>
    public const int MinRows = 20;

    private const double HeldOut = 0.25;

    /// <summary>Smaller tables are split several times, because the loss on a few held-out rows is mostly chance.</summary>
    private const int RowsForOneSplit = 1000;

    private const int SplitsOfFewRows = 2;

    /// <summary>At the default rates and over 3,000 steps, 0.3 shrinks a weight without a gradient to about a fifth, and 3 to nothing.</summary>
    private static readonly double[] Candidates = [0, 0.3, 3];

    /// <summary>Returns the candidate with the lowest loss on the held-out rows.</summary>
    /// <param name="table">The training rows; they stay as they are.</param>
    /// <param name="device">The device to train on.</param>
    /// <param name="log">Takes a line before each trial, and one with the choice.</param>
    public double Choose(ExampleTable table, torch.Device device, Action<string> log)
    {
        double[] candidates = [.. Candidates.Where(c => c * Math.Max(settings.LearningRate, settings.FeedbackLearningRate) < 1)];
        var losses = new double[candidates.Length];
        var splits = table.Rows < RowsForOneSplit ? SplitsOfFewRows : 1;
        for (var split = 0; split < splits; split++)
        {
            using var scope = torch.NewDisposeScope();
            var (kept, heldOut) = table.Split(HeldOut, settings.Seed + split);
            var encoding = learn(kept);
            using var rows = kept.MoveTo(device, shape.Output, [encoding], settings.Augmentation is not null);
            using var others = heldOut.MoveTo(device, shape.Output, [encoding], movesPictures: false);
            for (var c = 0; c < candidates.Length; c++)
            {
                log(FormattableString.Invariant($"Choosing WeightDecay: trial {split * candidates.Length + c + 1} of {splits * candidates.Length}, {candidates[c]} on {rows.Rows} rows."));
                losses[c] += Loss(settings with { WeightDecay = candidates[c] }, encoding, rows, others);
            }
        }
        var chosen = candidates[Array.IndexOf(losses, losses.Min())];
        log(FormattableString.Invariant($"WeightDecay = {chosen}: the lowest loss on held-out rows ({string.Join(", ", candidates.Zip(losses, (c, loss) => FormattableString.Invariant($"{c}: {loss / splits:G4}")))})."));
        return chosen;
    }

    private double Loss(ClassifierSettings tried, ColumnEncoding? encoding, Examples rows, Examples others)
    {
        try
        {
            // A part of the rows can have fewer pieces in a column than all of them.
            var fitting = shape with { InputUnits = encoding?.Inputs ?? shape.InputUnits };
            var loss = new ClassifierTrainer(tried, null, checkAlive).Run(fitting, encoding, rows, others).Epochs[^1].ValidationLoss!.Value;
            return double.IsNaN(loss) ? double.PositiveInfinity : loss;
        }
        catch (TrainingDivergedException)
        {
            return double.PositiveInfinity;
        }
    }
}
