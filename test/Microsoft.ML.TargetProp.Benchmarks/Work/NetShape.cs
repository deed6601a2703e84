using System.Globalization;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>The layers and the batch size of a classifier.</summary>
/// <param name="Inputs">Length of the features.</param>
/// <param name="Hidden">Units of each hidden layer.</param>
/// <param name="Outputs">Classes.</param>
/// <param name="BatchSize">Rows per mini-batch.</param>
internal sealed record NetShape(int Inputs, int[] Hidden, int Outputs, int BatchSize)
{
    /// <summary>The network of the paper: seven hidden layers of 240 units.</summary>
    public static NetShape Paper { get; } = new(784, [.. Enumerable.Repeat(240, 7)], 10, 100);

    public static NetShape Wide { get; } = new(784, [1000, 1000, 1000], 10, 256);

    /// <summary>A network for a table of 20 columns, where the overhead per operation dominates.</summary>
    public static NetShape Small { get; } = new(20, [64, 64], 3, 32);

    /// <summary>M, the number of forward maps.</summary>
    public int Maps => Hidden.Length + 1;

    /// <summary>Units of a layer, from 0 (the input) to M (the output).</summary>
    public int Units(int layer) => layer == 0 ? Inputs : layer == Maps ? Outputs : Hidden[layer - 1];

    /// <summary>The units of all layers, for example 784-240×7-10.</summary>
    public override string ToString()
    {
        string hidden = Hidden.Length > 1 && Hidden.Distinct().Count() == 1
            ? string.Create(CultureInfo.InvariantCulture, $"{Hidden[0]}×{Hidden.Length}")
            : string.Join('-', Hidden);
        return string.Create(CultureInfo.InvariantCulture, $"{Inputs}-{hidden}-{Outputs}");
    }
}
