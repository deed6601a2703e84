using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp;

/// <summary>Measurements of one epoch of training; see the option <c>EpochCallback</c>.</summary>
public sealed class TargetPropEpochMetrics : TargetPropEpoch
{
    internal TargetPropEpochMetrics(in EpochEnd end) : base(end) { }

    /// <summary>
    /// Mean loss of the mini-batches, each before its own update, with noise and dropout on. For classifiers it is the log-loss (natural logarithm).
    /// For regression it is the loss of the options and of all quantiles on standardised labels, a number without a unit. With several networks
    /// (<c>Members</c>) it is the mean over them, each on the rows that it learns from.
    /// </summary>
    public double TrainingLoss { get; internal init; }

    /// <summary>
    /// Error of the mini-batches, measured like <see cref="TrainingLoss"/>. For classifiers it is the fraction of rows that were misclassified, from 0 to
    /// 1. For regression it is the root mean squared error of <c>Score</c> in the units of the label.
    /// </summary>
    public double TrainingError { get; internal init; }

    /// <summary>
    /// <see cref="TrainingLoss"/> of the validation rows after the epoch, without noise and dropout; null without validation rows. Several networks are
    /// averaged, with equal weights: those of the model are learned after the last epoch.
    /// </summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary><see cref="TrainingError"/> of the validation rows, measured like <see cref="ValidationLoss"/>; null without validation rows.</summary>
    public double? ValidationError { get; internal init; }

    /// <summary>
    /// Mean over rows of ‖h_i − t_i‖², for the hidden layers 1 to M−1, sampled from the epoch's mini-batches. Empty for a
    /// rule without targets.
    /// </summary>
    public IReadOnlyList<double> LayerLosses { get; internal init; } = [];

    /// <summary>
    /// Mean over rows of the squared reconstruction error of every feedback map, sampled from the epoch's mini-batches. Empty
    /// for a rule whose feedback does not learn.
    /// </summary>
    public IReadOnlyList<double> ReconstructionLosses { get; internal init; } = [];

    /// <summary>Diagnostics of the network, the first of several, after the epoch; null unless the option <c>DiagnosticsRows</c> is set.</summary>
    public TargetPropDiagnosticsReport? Diagnostics { get; internal init; }

    /// <summary>
    /// For hidden layers 1 to M−1, the fraction of discrete units that send another level than an epoch before, on the first 1,000
    /// training rows. Empty unless <c>UnitType</c> is discrete.
    /// </summary>
    public IReadOnlyList<double> UnitChanges { get; internal init; } = [];
}
