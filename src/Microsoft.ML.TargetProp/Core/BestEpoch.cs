namespace Microsoft.ML.TargetProp.Core;

/// <summary>Remembers what there was after the epoch with the lowest validation loss, when training may stop early.</summary>
/// <param name="patience">Epochs without a lower loss after which training is over; 0 for never.</param>
internal sealed class BestEpoch<T>(int patience) where T : class
{
    private double _loss = double.PositiveInfinity;

    public int Epoch { get; private set; }

    /// <summary>Null when training may not stop early, or no loss was ever finite.</summary>
    public T? Value { get; private set; }

    public bool IsOver(int epoch, double? validationLoss, Func<T> now)
    {
        if (patience == 0 || validationLoss is not { } loss)
            return false;
        if (loss < _loss)
        {
            _loss = loss;
            Epoch = epoch;
            Value = now();
        }
        return epoch - Epoch >= patience;
    }
}
