using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>From tables of plain numbers to the tensors that training reads.</summary>
internal static class ExampleTensors
{
    /// <summary>Standardises features in place and puts them, with their labels and weights, on a device.</summary>
    /// <param name="features">From <see cref="ExampleTable.Features"/>; disposed.</param>
    /// <param name="table">Where labels and weights come from; same rows.</param>
    /// <param name="standardization">Null to leave the features as they are.</param>
    /// <param name="output">Decides the type of the labels.</param>
    /// <param name="device">Where training runs.</param>
    public static Examples OnDevice(Tensor features, ExampleTable table, Standardization? standardization, OutputKind output, Device device)
    {
        using var scope = NewDisposeScope();
        standardization?.Apply(features);
        var onDevice = RowTensors.Moved(features, device).DetachFromDisposeScope();
        var labels = output == OutputKind.Logistic
            ? tensor(table.Labels.ConvertAll(l => (float)l).ToArray(), device: device)
            : tensor(table.Labels.ConvertAll(l => (long)l).ToArray(), device: device);
        var weights = table.Weights is null ? null : tensor(table.Weights.ToArray(), device: device).unsqueeze(1);
        return new(onDevice, labels, weights);
    }

    /// <summary>Moves a random part of the rows out of a data set, into a second one.</summary>
    /// <param name="features">All rows; disposed.</param>
    /// <param name="table">The table that the features are from; afterwards it holds the rows that stay.</param>
    /// <param name="fraction">How much to move, at least one row and never all of them.</param>
    /// <param name="seed">Decides which rows.</param>
    public static (Tensor Training, ExampleTable Validation, Tensor ValidationFeatures) Split(Tensor features, ref ExampleTable table, double fraction, int seed)
    {
        var (validationRows, trainingRows) = HeldOut(table.Rows, fraction, seed);
        using var scope = NewDisposeScope();
        var validation = Rows(features, validationRows).MoveToOuterDisposeScope();
        var training = Rows(features, trainingRows).MoveToOuterDisposeScope();
        features.Dispose();
        var validationTable = Rows(table, validationRows);
        table = Rows(table, trainingRows);
        return (training, validationTable, validation);
    }

    /// <summary>Chooses a random part of the rows, at least one and never all of them.</summary>
    /// <returns>What was chosen and what is left, both in order.</returns>
    public static (int[] Chosen, int[] Left) HeldOut(int rows, double fraction, int seed)
    {
        var order = Enumerable.Range(0, rows).ToArray();
        new Random(seed).Shuffle(order);
        var moved = Math.Clamp((int)Math.Round(fraction * rows), 1, rows - 1);
        Array.Sort(order, 0, moved);
        Array.Sort(order, moved, rows - moved);
        return (order[..moved], order[moved..]);
    }

    /// <summary>Some of the rows, in new memory.</summary>
    public static Tensor Rows(Tensor features, int[] rows)
    {
        using var index = tensor(Array.ConvertAll(rows, r => (long)r));
        return features.index_select(0, index);
    }

    private static ExampleTable Rows(ExampleTable table, int[] rows)
    {
        var part = new ExampleTable(table.FeatureColumnName, table.LabelColumnName, table.Columns);
        part.Labels.AddRange(rows.Select(r => table.Labels[r]));
        if (table.Weights is { } weights)
            part.Weights = [.. rows.Select(r => weights[r])];
        return part;
    }
}
