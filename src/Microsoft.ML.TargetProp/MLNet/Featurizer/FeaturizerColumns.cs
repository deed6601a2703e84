using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The column that a featurizer adds: the code.</summary>
/// <param name="model">What encodes.</param>
/// <param name="input">The column to encode.</param>
/// <param name="output">The column of codes.</param>
/// <param name="allLayers">Whether the codes of all layers come out, or the top code alone.</param>
internal sealed class FeaturizerColumns(TargetPropAutoencoderModel model, string input, string output, bool allLayers) : IVectorColumns
{
    public string InputColumnName => input;

    public string OutputColumnName => output;

    public bool AllLayers => allLayers;

    public int InputLength => model.SlotCount;

    private int CodeLength => allLayers ? model.HiddenUnits.Sum() : model.HiddenUnits[^1];

    public DataViewSchema.DetachedColumn[] OutputColumns(DataViewSchema.Column input) =>
        [new(output, new VectorDataViewType(NumberDataViewType.Single, CodeLength))];

    /// <summary>Every row is encoded: a missing entry makes a code of missing entries, and what reads it says what it thinks of them.</summary>
    public void Check(ReadOnlySpan<float> values, DataViewSchema.Column input, long position) { }

    public void Compute(VectorBatch batch)
    {
        if (batch.Output(0) is not { } codes)
            return;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var lease = model.Take();
        var rows = empty(batch.Rows, InputLength, dtype: ScalarType.Float32, device: CPU);
        MemoryMarshal.AsBytes(batch.Inputs.AsSpan(0, batch.Rows * InputLength)).CopyTo(rows.bytes);
        var layers = lease.Value.Encode(rows.to(lease.Value.Device));
        var code = allLayers ? cat([.. layers], 1) : layers[^1];
        MemoryMarshal.Cast<byte, float>(code.cpu().contiguous().bytes).CopyTo(codes);
    }
}
