using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The rows of a data view that a classifier can learn from.</summary>
/// <param name="FeatureColumnName">The column of the features.</param>
/// <param name="LabelColumnName">The column of the labels.</param>
/// <param name="Features">Raw features, <c>[rows, columns]</c>, in the processor's memory. The dispose scope of the caller owns them.</param>
/// <param name="Labels">The class of every row, from 0.</param>
/// <param name="Weights">Example weights of mean 1; null when there is no weight column.</param>
internal sealed record ExampleTable(string FeatureColumnName, string LabelColumnName, Tensor Features, IReadOnlyList<int> Labels, IReadOnlyList<float>? Weights)
{
    public int Rows => Labels.Count;

    public int Columns { get; } = (int)Features.shape[1];

    /// <summary>Copies the rows into two tables; this one stays as it is.</summary>
    /// <param name="fraction">The part to hold out; at least one row is held out, and never all of them.</param>
    /// <param name="seed">Chooses the rows.</param>
    public (ExampleTable Kept, ExampleTable HeldOut) Split(double fraction, int seed)
    {
        var (kept, heldOut) = RowTensors.HoldOut(Rows, fraction, seed);
        return (Select(kept), Select(heldOut));
    }

    /// <summary>Standardises the features in place and moves them, with labels and weights, to a device. The table cannot be used afterwards.</summary>
    /// <param name="standardization">Null to leave the features as they are.</param>
    /// <param name="output">Decides the type of the labels.</param>
    /// <param name="device">The device to train on.</param>
    public Examples MoveTo(Device device, OutputKind output, Standardization? standardization)
    {
        using var scope = NewDisposeScope();
        standardization?.Apply(Features);
        var features = RowTensors.Moved(Features, device);
        var labels = output == OutputKind.Logistic
            ? tensor(Labels.Select(l => (float)l).ToArray(), device: device)
            : tensor(Labels.Select(l => (long)l).ToArray(), device: device);
        var weights = Weights is null ? null : tensor(Weights.ToArray(), device: device).unsqueeze(1);
        return new(features, labels, weights);
    }

    private ExampleTable Select(int[] rows) => new(
        FeatureColumnName, LabelColumnName, RowTensors.Select(Features, rows), Array.ConvertAll(rows, r => Labels[r]), Weights is { } weights ? Array.ConvertAll(rows, r => weights[r]) : null);
}
