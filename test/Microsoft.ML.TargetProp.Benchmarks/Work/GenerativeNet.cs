using System.Globalization;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>The layers and the batch size of a generative model.</summary>
/// <param name="Inputs">Length of the vector.</param>
/// <param name="Hidden">Units of each hidden layer, from the vector up.</param>
/// <param name="BatchSize">Rows per mini-batch.</param>
internal sealed record GenerativeNet(int Inputs, int[] Hidden, int BatchSize)
{
    /// <summary>The paper's model of digits, with the default batch size for 50,000 rows.</summary>
    public static GenerativeNet Paper { get; } = new(784, [1000, 100], 128);

    /// <summary>M, the number of hidden layers.</summary>
    public int Top => Hidden.Length;

    /// <summary>Units of a layer, from 0 (the vector) to M (the code).</summary>
    public int Units(int layer) => layer == 0 ? Inputs : Hidden[layer - 1];

    /// <summary>The units of all layers, for example 784-1000-100.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Inputs}-{string.Join('-', Hidden)}");
}
