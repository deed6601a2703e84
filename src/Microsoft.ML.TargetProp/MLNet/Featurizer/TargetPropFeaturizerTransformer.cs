using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropFeaturizerTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Featurizer Transformer", TargetPropFeaturizerTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>Encodes a vector column with a trained stacked auto-encoder.</summary>
/// <remarks>
/// A cursor reads at most 512 rows ahead and encodes them in batches; a prediction engine encodes row by row. The two results differ by rounding
/// only. A missing entry gives a code of missing entries. Several threads may use one transformer.
/// </remarks>
public sealed class TargetPropFeaturizerTransformer : TargetPropVectorTransformer<TargetPropAutoencoderModel>
{
    internal const string LoaderSignature = "TargetPropFeaturizerXfer";

    private static readonly VersionInfo Version = ModelVersion.Of("TPFEATUR", LoaderSignature);

    private readonly FeaturizerColumns _columns;

    internal TargetPropFeaturizerTransformer(IHostEnvironment env, TargetPropAutoencoderModel model, string input, string output, bool allLayers)
        : this(env, model, new FeaturizerColumns(model, input, output, allLayers))
    {
    }

    private TargetPropFeaturizerTransformer(IHostEnvironment env, TargetPropAutoencoderModel model, FeaturizerColumns columns)
        : base(env, nameof(TargetPropFeaturizerTransformer), Version, model, _ => columns)
    {
        _columns = columns;
    }

    // *** Binary format ***
    // id of string: input column, id of string: output column
    // byte: 1 when the codes of all layers come out
    // stream: TargetPropAutoencoderModel

    internal static TargetPropFeaturizerTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        var host = env.Register(nameof(TargetPropFeaturizerTransformer));
        var (input, output, allLayers) = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.Reader.ReadByte());
        host.CheckDecode(allLayers <= 1, $"The model is damaged: its flag for all layers is {allLayers}.");
        return new(env, TargetPropAutoencoderModel.Load(host, ctx), input, output, allLayers == 1);
    }

    private protected override void SaveContent(ModelSaveContext ctx)
    {
        ctx.SaveNonEmptyString(_columns.InputColumnName);
        ctx.SaveNonEmptyString(_columns.OutputColumnName);
        ctx.Writer.Write((byte)(_columns.AllLayers ? 1 : 0));
        Model.Save(ctx);
    }
}
