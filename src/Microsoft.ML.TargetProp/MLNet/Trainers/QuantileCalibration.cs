using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// Moves the quantiles of a regression so that they cover rows that the network has not learned from (conformalized quantile regression; Romano,
/// Patterson and Candès 2019). A network fits the labels of few rows closely, so its own quantiles lie too near to them: on two tables of 400 and
/// 500 rows, intervals for 90 % of the labels held 56 to 84 % of the labels of other rows.
/// </summary>
/// <param name="plans">The networks.</param>
/// <param name="settings">All settings.</param>
/// <param name="start">The networks to start from, which have not seen labels, or null.</param>
/// <param name="checkAlive">Called before every step; throws to cancel.</param>
internal sealed class QuantileCalibration(
    IReadOnlyList<MemberPlan> plans, ClassifierSettings settings, IReadOnlyList<NetworkSnapshot>? start, Action checkAlive)
{
    /// <summary>Smaller tables have no rows to spare.</summary>
    public const int MinRows = 20;

    private const double HeldOut = 0.25;

    /// <summary>Smaller tables are split several times, because quantiles of a few held-out rows are mostly chance.</summary>
    private const int RowsForOneSplit = 4000;

    private const int SplitsOfFewRows = 2;

    private const int RowsAtOnce = 1000;

    /// <summary>Returns the shift of every quantile, in standardised units.</summary>
    /// <param name="table">The training rows, with standardised labels; they stay as they are.</param>
    /// <param name="validation">The rows that decide when training stops, or null.</param>
    /// <param name="device">The device to train on.</param>
    /// <param name="log">Takes a line before each training.</param>
    public float[] Shifts(ExampleTable table, Examples? validation, torch.Device device, Action<string> log)
    {
        var quantiles = plans[0].Shape.Regression!.Quantiles;
        var encodings = plans.Select(plan => plan.Encoding).ToArray();
        var missed = quantiles.Select(_ => new List<(double Difference, double Weight)>()).ToArray();
        var splits = table.Rows < RowsForOneSplit ? SplitsOfFewRows : 1;
        for (var split = 0; split < splits; split++)
        {
            using var scope = torch.NewDisposeScope();
            var (kept, heldOut) = table.Split(HeldOut, settings.Seed + split);
            using var rows = kept.MoveTo(device, OutputKind.Linear, encodings, settings.Augmentation is not null);
            using var others = heldOut.MoveTo(device, OutputKind.Linear, encodings, movesPictures: false);
            log(FormattableString.Invariant($"Calibrating quantiles: training {split + 1} of {splits}, on {rows.Rows} rows."));
            var trainer = new ClassifierTrainer(settings, null, checkAlive);
            var result = start is null ? trainer.Run(plans, rows, validation) : trainer.Run(start, rows, validation);
            using var committee = Committee.FromSnapshots(result.Members, device);
            Measure(committee, others, missed);
        }
        return [.. missed.Zip(quantiles, Shift)];
    }

    /// <summary>
    /// c_τ, the τ-quantile of z − q over held-out rows, docs/algorithm.md (13.7). Of n rows of equal weight, the i-th smallest stands for i / (n + 1),
    /// so that a new row is below the shifted quantile with probability τ.
    /// </summary>
    /// <param name="differences">z − q with the weight of the row.</param>
    /// <param name="probability">τ.</param>
    public static float Shift(List<(double Difference, double Weight)> differences, float probability)
    {
        differences.Sort();
        var all = differences.Sum(d => d.Weight);
        var mean = all / differences.Count;
        var wanted = probability * (all + mean);
        var (counted, placeBefore, before) = (0.0, 0.0, differences[0].Difference);
        foreach (var (difference, weight) in differences)
        {
            // A row stands in the middle of its weight: at i / (n + 1) where all weights are equal.
            var place = counted + (weight + mean) / 2;
            if (place >= wanted)
                return (float)(before + (wanted - placeBefore) / (place - placeBefore) * (difference - before));
            (counted, placeBefore, before) = (counted + weight, place, difference);
        }
        return (float)before;
    }

    /// <summary>Collects z − q of every quantile and row, for quantiles q in ascending order.</summary>
    private static void Measure(Committee committee, Examples rows, List<(double Difference, double Weight)>[] missed)
    {
        for (var first = 0L; first < rows.Rows; first += RowsAtOnce)
        {
            using var scope = torch.NewDisposeScope();
            var batch = rows.Slice(first, RowsAtOnce);
            double[] outputs = committee.Logits(batch, rows.AreRaw).ToDoubles(), labels = batch.Labels.ToDoubles();
            var weights = batch.Weights?.ToDoubles();
            for (var row = 0; row < labels.Length; row++)
            {
                var quantiles = outputs.AsSpan(row * (1 + missed.Length) + 1, missed.Length);
                quantiles.Sort();
                for (var k = 0; k < missed.Length; k++)
                    missed[k].Add((labels[row] - quantiles[k], weights?[row] ?? 1));
            }
        }
    }
}
