namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The size of the training. A full run takes several minutes, a quick run about one.</summary>
/// <param name="Rows">Training digits if the command line gives no number.</param>
/// <param name="HiddenUnits">Units of the hidden layers of the generative model.</param>
/// <param name="Epochs">Epochs of the layers.</param>
/// <param name="CompletionEpochs">Epochs of the completion maps.</param>
/// <param name="ReaderEpochs">Epochs of the classifier.</param>
internal sealed record StudioSettings(int Rows, IReadOnlyList<int> HiddenUnits, int Epochs, int CompletionEpochs, int ReaderEpochs)
{
    /// <summary>The settings of a full or a quick run.</summary>
    public static StudioSettings For(bool quick) =>
        quick
            ? new(4_000, [300, 50], Epochs: 50, CompletionEpochs: 12, ReaderEpochs: 15)
            : new(20_000, [500, 60], Epochs: 30, CompletionEpochs: 15, ReaderEpochs: 12);
}
