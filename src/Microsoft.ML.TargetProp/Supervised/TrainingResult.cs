namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>A trained network and the epochs that led to it.</summary>
/// <param name="Network">The network: of the last epoch, or of the best one when training could stop early.</param>
/// <param name="Epochs">What was measured in every epoch, in order.</param>
/// <param name="BestEpoch">The epoch that <paramref name="Network"/> is from, from 1.</param>
internal sealed record TrainingResult(NetworkSnapshot Network, IReadOnlyList<TargetPropEpochMetrics> Epochs, int BestEpoch);
