using System.Globalization;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>The layers of a generative model and the rows of its mini-batches.</summary>
/// <param name="Inputs">Columns of the vector.</param>
/// <param name="Hidden">Units of the layers above, from the vector up.</param>
/// <param name="BatchSize">Rows of a mini-batch.</param>
internal sealed record GenerativeNet(int Inputs, int[] Hidden, int BatchSize)
{
    /// <summary>The paper's model of digits, with the mini-batches that 50,000 rows get.</summary>
    public static GenerativeNet Paper { get; } = new(784, [1000, 100], 128);

    /// <summary>M, the number of hidden layers.</summary>
    public int Top => Hidden.Length;

    /// <summary>Units of layer 0 (the vector) to M (the code).</summary>
    public int Units(int layer) => layer == 0 ? Inputs : Hidden[layer - 1];

    /// <summary>Such as 784-1000-100.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Inputs}-{string.Join('-', Hidden)}");
}
