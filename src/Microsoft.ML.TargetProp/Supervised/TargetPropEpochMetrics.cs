using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp;

/// <summary>Measurements of one epoch of training; see the option <c>EpochCallback</c>.</summary>
public sealed class TargetPropEpochMetrics : TargetPropEpoch
{
    internal TargetPropEpochMetrics(in EpochEnd end) : base(end) { }

    /// <summary>Mean log-loss (natural logarithm) of the mini-batches, each before its own update, with noise and dropout on.</summary>
    public double TrainingLoss { get; internal init; }

    /// <summary>Fraction of the mini-batches' rows that were misclassified, measured like <see cref="TrainingLoss"/>.</summary>
    public double TrainingError { get; internal init; }

    /// <summary>Mean log-loss of the validation rows after the epoch; null without validation rows.</summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary>Fraction of the validation rows misclassified after the epoch; null without validation rows.</summary>
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

    /// <summary>Diagnostics of the network after the epoch; null unless the option <c>DiagnosticsRows</c> is set.</summary>
    public TargetPropDiagnosticsReport? Diagnostics { get; internal init; }

    /// <summary>
    /// For hidden layers 1 to M−1, the fraction of discrete units that send another level than an epoch before, on the first 1,000
    /// training rows. Empty unless <c>UnitType</c> is discrete.
    /// </summary>
    public IReadOnlyList<double> UnitChanges { get; internal init; } = [];
}
