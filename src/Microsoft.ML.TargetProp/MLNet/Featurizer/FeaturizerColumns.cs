using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The column of codes that a featurizer adds.</summary>
/// <param name="model">The auto-encoder.</param>
/// <param name="input">The name of the column to encode.</param>
/// <param name="output">The name of the column of codes.</param>
/// <param name="allLayers">True for the codes of all layers, false for the top code.</param>
internal sealed class FeaturizerColumns(TargetPropAutoencoderModel model, string input, string output, bool allLayers) : IVectorColumns
{
    public string InputColumnName => input;

    public string OutputColumnName => output;

    public bool AllLayers => allLayers;

    public int InputLength => model.SlotCount;

    private int CodeLength => allLayers ? model.HiddenUnits.Sum() : model.HiddenUnits[^1];

    public DataViewSchema.DetachedColumn[] OutputColumns(DataViewSchema.Column input) =>
        [new(output, new VectorDataViewType(NumberDataViewType.Single, CodeLength))];

    /// <summary>Accepts every row. A missing entry gives a code of missing entries, which the next step of a pipeline can refuse.</summary>
    public void Check(ReadOnlySpan<float> values, DataViewSchema.Column input, long position) { }

    public void Compute(VectorBatch batch)
    {
        if (batch.Output(0) is not { } codes)
            return;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var lease = model.Take();
        var layers = lease.Value.Encode(batch.ToTensor(lease.Value.Device));
        var code = allLayers ? cat([.. layers], 1) : layers[^1];
        code.ToFloats().CopyTo(codes, 0);
    }
}
