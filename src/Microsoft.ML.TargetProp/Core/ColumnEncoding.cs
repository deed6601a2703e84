using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The way from the columns of a row to the inputs of a network. It is learned on the training rows and is part of the model.
/// </summary>
internal abstract class ColumnEncoding
{
    /// <summary>Columns of a row.</summary>
    public abstract int Columns { get; }

    /// <summary>Inputs of the network.</summary>
    public abstract int Inputs { get; }

    /// <summary>True when a missing value (NaN) becomes an ordinary input; false when it stays NaN.</summary>
    public abstract bool AcceptsGaps { get; }

    /// <summary>Encodes one row.</summary>
    /// <param name="row">The columns, in the user's units; NaN for a gap.</param>
    /// <param name="inputs">The inputs of the network; other memory than <paramref name="row"/>.</param>
    public abstract void Apply(ReadOnlySpan<float> row, Span<float> inputs);

    /// <summary>Encodes rows.</summary>
    /// <param name="rows"><c>[rows, columns]</c>; they stay as they are.</param>
    /// <param name="device">The device of the result.</param>
    /// <returns>New memory, <c>[rows, inputs]</c>.</returns>
    public abstract Tensor Encode(Tensor rows, Device device);
}
