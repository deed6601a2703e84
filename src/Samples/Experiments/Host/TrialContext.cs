namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>What a trial is given while it runs.</summary>
/// <param name="Seed">The trial's seed.</param>
/// <param name="Folder">A folder for pictures and other files; it exists.</param>
/// <param name="Report">Tells the user how far the trial is: a part in [0, 1], and a few words.</param>
/// <param name="CancellationToken">Asks the trial to stop.</param>
internal sealed record TrialContext(int Seed, string Folder, Action<double, string> Report, CancellationToken CancellationToken)
{
    /// <summary>For the options of a trainer: shows each epoch, and stops training when that is asked for.</summary>
    public void OnEpoch(TargetPropEpochMetrics epoch)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Report((double)epoch.Epoch / epoch.MaxEpochs, string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}/{epoch.MaxEpochs}, training loss {epoch.TrainingLoss:0.0000}, error {100 * epoch.TrainingError:0.00} %"));
    }
}
