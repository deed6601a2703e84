using System.Runtime.InteropServices;
using TorchSharp;
using Microsoft.ML.TargetProp.Learning;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Data;

/// <summary>From tables of plain numbers to the tensors that training reads.</summary>
internal static class ExampleTensors
{
    /// <summary>The features as they are, <c>[rows, columns]</c>, in the processor's memory.</summary>
    public static Tensor Features(ExampleTable table)
    {
        var features = empty(table.Rows, table.Columns, dtype: ScalarType.Float32, device: CPU).DetachFromDisposeScope();
        var start = 0;
        foreach (var block in table.FeatureBlocks)
        {
            var rows = Math.Min(block.Length / table.Columns, table.Rows - start);
            using var target = features.narrow(0, start, rows);
            MemoryMarshal.AsBytes(block.AsSpan(0, rows * table.Columns)).CopyTo(target.bytes);
            start += rows;
        }
        return features;
    }

    /// <summary>Standardises features in place and puts them, with their labels and weights, on a device.</summary>
    /// <param name="features">From <see cref="Features"/>; disposed.</param>
    /// <param name="table">Where labels and weights come from; same rows.</param>
    /// <param name="standardization">Null to leave the features as they are.</param>
    /// <param name="output">Decides the type of the labels.</param>
    /// <param name="device">Where training runs.</param>
    public static Examples OnDevice(Tensor features, ExampleTable table, Standardization? standardization, OutputKind output, Device device)
    {
        using var scope = NewDisposeScope();
        standardization?.Apply(features);
        var onDevice = features.to(device).DetachFromDisposeScope();
        if (onDevice.Handle != features.Handle)
            features.Dispose();
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
        var order = Enumerable.Range(0, table.Rows).ToArray();
        new Random(seed).Shuffle(order);
        var moved = Math.Clamp((int)Math.Round(fraction * order.Length), 1, order.Length - 1);
        Array.Sort(order, 0, moved);
        Array.Sort(order, moved, order.Length - moved);
        var (validationRows, trainingRows) = (order[..moved], order[moved..]);

        using var scope = NewDisposeScope();
        var validation = Rows(features, validationRows);
        var training = Rows(features, trainingRows);
        features.Dispose();
        var validationTable = Rows(table, validationRows);
        table = Rows(table, trainingRows);
        return (training, validationTable, validation);
    }

    private static Tensor Rows(Tensor features, int[] rows)
    {
        using var index = tensor(Array.ConvertAll(rows, r => (long)r));
        return features.index_select(0, index).DetachFromDisposeScope();
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
