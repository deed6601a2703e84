namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>The surroundings of a running trial.</summary>
/// <param name="Seed">The trial's seed.</param>
/// <param name="Folder">A folder for pictures and other files; it exists.</param>
/// <param name="Report">Reports progress: a part in [0, 1], and a short text.</param>
/// <param name="CancellationToken">Stops the trial.</param>
internal sealed record TrialContext(int Seed, string Folder, Action<double, string> Report, CancellationToken CancellationToken)
{
    /// <summary>An epoch callback for the options of a trainer: reports each epoch, and stops training when cancellation is requested.</summary>
    public void OnEpoch(TargetPropEpochMetrics epoch) => ReportEpoch(epoch, $"error {100 * epoch.TrainingError:0.00} %");

    /// <summary>The same for a trainer that predicts a number.</summary>
    public void OnValueEpoch(TargetPropEpochMetrics epoch) => ReportEpoch(epoch, $"root mean squared error {epoch.TrainingError:G4}");

    private void ReportEpoch(TargetPropEpochMetrics epoch, FormattableString error)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Report((double)epoch.Epoch / epoch.MaxEpochs, FormattableString.Invariant(
            $"epoch {epoch.Epoch}/{epoch.MaxEpochs}, training loss {epoch.TrainingLoss:0.0000}, {FormattableString.Invariant(error)}"));
    }
}
