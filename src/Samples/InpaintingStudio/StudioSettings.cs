namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>How much is trained: what a few minutes, or one, are enough for.</summary>
/// <param name="Rows">Digits to learn from, where the command line does not say.</param>
/// <param name="HiddenUnits">Layers of the generative model.</param>
/// <param name="Epochs">Passes in which they learn.</param>
/// <param name="CompletionEpochs">Passes in which the maps that complete digits learn.</param>
/// <param name="ReaderEpochs">Passes in which the classifier learns that reads the results.</param>
internal sealed record StudioSettings(int Rows, IReadOnlyList<int> HiddenUnits, int Epochs, int CompletionEpochs, int ReaderEpochs)
{
    /// <summary>The settings of a whole or of a quick run.</summary>
    public static StudioSettings For(bool quick) =>
        quick
            ? new(4_000, [300, 50], Epochs: 50, CompletionEpochs: 12, ReaderEpochs: 15)
            : new(20_000, [500, 60], Epochs: 30, CompletionEpochs: 15, ReaderEpochs: 12);
}
